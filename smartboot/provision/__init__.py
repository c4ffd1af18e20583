"""Provisioning a card: plan, back up, write, verify, compare, restore, erase."""
