"""Sets up the servers that tests talk to, and says as JSON where their programs are: `setup.py FOLDER`.

What is pinned is unpacked from Debian's packages into FOLDER, by the sources that apt has on this machine (which verifies what it gets). It
needs no root and installs nothing. Where that cannot be done, programs that are installed will do; if there are none, it says what to install.
It may be run at any time and by many at once: one does the work, the others wait for it.
"""

import fcntl
import glob
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys

# By Debian release. The first part of a version is pinned; security updates of it are taken.
PINNED = {
    "bookworm": [
        "postgresql-15=15.*",
        "postgresql-client-15=15.*",
        "redis-server=5:7.0.*",
        "redis-tools=5:7.0.*",
        "prometheus=2.42.*",
        "python3-aiosmtpd=1.4.3*",
        "python3-attr=22.2.*",
        "python3-public=2.3*",
    ]
}

# Server: its programs, which are in one folder, and what to install.
PROGRAMS = {
    "postgres": (["postgres", "initdb", "pg_basebackup", "psql"], "PostgreSQL 15 or later (Debian: postgresql)"),
    "redis": (["redis-server", "redis-cli"], "Redis 7 (Debian: redis-server)"),
    "prometheus": (["prometheus", "promtool"], "Prometheus 2.42 or later (Debian: prometheus)"),
}


def release():
    try:
        with open("/etc/os-release", encoding="utf-8") as file:
            fields = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    except OSError:
        return ""
    return fields.get("VERSION_CODENAME", "").strip('"')


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"`{' '.join(command[:1] + command[-1:])}` failed: {done.stdout.strip()[-1500:]}")


def prune(root):
    """Removes what no server reads: manuals, fonts, headers."""
    for path in [*glob.glob(f"{root}/usr/share/*"), f"{root}/usr/include", *glob.glob(f"{root}/usr/lib/postgresql/*/lib/bitcode")]:
        if os.path.basename(path) != "postgresql":
            shutil.rmtree(path, ignore_errors=True)


def fetch(folder):
    """Downloads what is pinned and unpacks it into folder/root. Returns why that cannot be done, or nothing."""
    packages = PINNED.get(release())
    if packages is None:
        return f"this is none of the Debian releases that they are pinned for ({', '.join(PINNED)})"
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            return f"`{tool}` is not on the PATH"
    shutil.rmtree(folder, ignore_errors=True)
    cache = os.path.join(folder, "apt")
    for part in ("lists/partial", "cache/archives/partial"):
        os.makedirs(os.path.join(cache, part))
    # Lists and a cache of its own: no root, no lock of the system's, and no old lists.
    apt = ["apt-get", "-q", "-y", "-o", "Debug::NoLocking=1", "-o", f"Dir::State::lists={cache}/lists", "-o", f"Dir::Cache={cache}/cache"]
    if os.geteuid() == 0:
        apt += ["-o", "APT::Sandbox::User=root"]
    root = os.path.join(folder, "root")
    try:
        run(*apt, "update")
        run(*apt, "install", "--download-only", "--reinstall", "--no-install-recommends", *packages)
        for archive in sorted(glob.glob(f"{cache}/cache/archives/*.deb")):
            run("dpkg-deb", "-x", archive, root)
        prune(root)
    except (OSError, RuntimeError) as error:
        shutil.rmtree(root, ignore_errors=True)
        return str(error)
    finally:
        shutil.rmtree(cache, ignore_errors=True)
    return None


def locate(root, programs):
    """The folder that has all of these programs: unpacked, or else installed; nothing if there is none."""
    folders = [f"{root}/usr/bin", *sorted(glob.glob(f"{root}/usr/lib/postgresql/*/bin"))]
    folders += [*reversed(sorted(glob.glob("/usr/lib/postgresql/*/bin"))), *os.get_exec_path()]
    for folder in folders:
        if all(os.access(os.path.join(folder, program), os.X_OK) for program in programs):
            return folder
    return None


def smtp(root):
    """Where Python finds aiosmtpd: unpacked, or else (empty) installed; nothing if it does not."""
    unpacked = f"{root}/usr/lib/python3/dist-packages"
    if os.path.isdir(f"{unpacked}/aiosmtpd"):
        return unpacked
    return "" if importlib.util.find_spec("aiosmtpd") else None


def set_up(folder):
    why = fetch(folder)
    root = os.path.join(folder, "root")
    found, missing = {}, []
    for server, (programs, install) in PROGRAMS.items():
        found[server] = locate(root, programs)
        if found[server] is None:
            missing.append(install)
    found["smtp"] = smtp(root)
    if found["smtp"] is None:
        missing.append("aiosmtpd 1.4.3 or later (Debian: python3-aiosmtpd)")
    if missing:
        sys.exit(
            "The servers that the tests need cannot be set up.\n"
            f"They are not taken from Debian's packages because {why or 'a package lacks a program'}.\n"
            f"Nor are they installed: install {'; '.join(missing)}; and run the tests again."
        )
    if why:
        print(f"installed servers are used, not the pinned ones, because {why}", file=sys.stderr)
    found["libraries"] = [path for path in (*glob.glob(f"{root}/usr/lib/*-linux-*"), *glob.glob(f"{root}/lib/*-linux-*"))]
    return found


def stamp():
    with open(__file__, "rb") as file:
        return hashlib.sha256(file.read() + release().encode()).hexdigest()[:12]


def remembered(path):
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return None
    return found if all(os.path.isdir(found[server]) for server in PROGRAMS) else None


def main(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        home = os.path.join(folder, stamp())
        record = os.path.join(home, "programs.json")
        found = remembered(record)
        if found is None:
            found = set_up(home)
            os.makedirs(home, exist_ok=True)
            with open(record + ".new", "w", encoding="utf-8") as file:
                json.dump(found, file)
            os.rename(record + ".new", record)
    print(json.dumps(found))


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
