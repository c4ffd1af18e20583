"""PKCS#15 v1.1: where the bootstrap data objects of a card are.

Codecs, both ways and without I/O: ``directory`` (EF(DIR)), ``odf``, ``dodf`` with ``dodf_write``,
``aodf``, ``tokeninfo``, and the types they share (``oid``, ``path``, ``values``, ``attributes``).
On a card: ``locate.open_application`` finds the application, ``application`` lists its objects.
"""
