# SPDX-License-Identifier: Apache-2.0
"""What tests that are programs print: TAP, one line a check, as tests/run adds them up."""
checks = failed = 0


def ok(good, what, more=""):
    """One check; `more` is what helps when it fails: its end is printed."""
    global checks, failed
    checks += 1
    failed += not good
    print("%s %d - %s" % ("ok" if good else "not ok", checks, what), flush=True)
    if not good and more != "":
        print("# " + str(more)[-2500:].replace("\n", "\n# "), flush=True)


def end():
    """The last line, and the exit code."""
    print("1..%d" % checks)
    return 1 if failed else 0
