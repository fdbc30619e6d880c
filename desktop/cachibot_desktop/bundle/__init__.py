"""The self-test, which checks that a frozen bundle is complete."""
