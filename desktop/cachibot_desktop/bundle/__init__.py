"""The frozen bundle: the self-test that proves it complete."""
