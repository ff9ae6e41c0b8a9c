"""Sets up what the test cloud runs on, and says where its Python is: `setup.py FOLDER [REQUIREMENTS]`.

A virtual environment in FOLDER gets exactly what `requirements.txt` pins, or another such file. It may be run at any time and by many at
once: one does the work, the others wait for it. Where it cannot be done, it says what to install.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

DEFAULT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "requirements.txt")
NEEDED = (3, 10)


def stamp(requirements):
    """Another one for other requirements or another Python."""
    with open(requirements, "rb") as file:
        return hashlib.sha256(file.read() + sys.version.encode() + sys.executable.encode()).hexdigest()[:12]


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return None if done.returncode == 0 else done.stdout.strip()[-1500:]


def refuse(install, why):
    sys.exit(f"The cloud that the tests need cannot be set up: {install}, and run the tests again.\n{why}")


def set_up(home, requirements):
    shutil.rmtree(home, ignore_errors=True)
    if sys.version_info < NEEDED:
        refuse(f"install Python {NEEDED[0]}.{NEEDED[1]} or later", f"This is Python {sys.version.split()[0]}.")
    why = run(sys.executable, "-m", "venv", home)
    if why is not None:
        refuse("install Python's venv and pip (Debian: python3-venv)", why)
    pip = [os.path.join(home, "bin", "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    why = run(*pip, "--only-binary", ":all:", "--requirement", requirements)
    if why is not None:
        refuse("give pip access to PyPI, or to an index of your own by pip's settings", why)
    # What says that it is whole is written last.
    with open(os.path.join(home, "whole"), "w", encoding="utf-8"):
        pass


def main(folder, requirements=DEFAULT):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        home = os.path.join(folder, stamp(requirements))
        if not os.path.exists(os.path.join(home, "whole")):
            set_up(home, requirements)
    print(os.path.join(home, "bin", "python"))


if __name__ == "__main__":
    main(*map(os.path.abspath, sys.argv[1:]))
