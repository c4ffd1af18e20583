"""A zoo of broken cards, profiles and documents, each with one fault, for the tests of ``check``.

``python -m tests.zoo`` makes the files; ``expected.yaml`` says which codes each of them gives.
"""
