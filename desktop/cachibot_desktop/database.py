"""stub"""
def check_before_start(data): pass
def known_schema(): return {}
def fingerprint(s): return ""
