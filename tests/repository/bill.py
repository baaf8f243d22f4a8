"""Write what a release consists of, as a CycloneDX bill of materials: `nox -s package -- --bills FOLDER`.

The bill lists what an installation of the package, with its command-line or library dependencies and without extras,
has at the versions of constraints.txt. The tool is CycloneDX's own, `cyclonedx-py`.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_bill(folder: Path, version: str, out: Path) -> Path:
    """Install a package into an environment of its own, and list what is there.

    Args:
        folder: The package's folder in the checkout; its siblings come from there too.
        version: Its version.
        out: Where the bill goes.

    Returns:
        The bill, such as `s3utils-0.1.0.cdx.json`.
    """
    out.mkdir(parents=True, exist_ok=True)
    name = "oseberg" if folder.name == "cli" else folder.name
    bill = out / f"{name}-{version}.cdx.json"
    with tempfile.TemporaryDirectory() as temporary:
        python, wheels = Path(temporary) / "venv" / "bin" / "python", Path(temporary) / "wheels"
        for member in (ROOT / "cli", *sorted((ROOT / "packages").iterdir())):
            subprocess.run(["uv", "build", "--quiet", "--wheel", "--out-dir", str(wheels), str(member)], check=True)
        subprocess.run(["uv", "venv", "--quiet", str(python.parents[1])], check=True)
        dist = name if name == "oseberg" else f"oseberg-{name}"
        install = ["uv", "pip", "install", "--quiet", "--python", str(python), "-c", str(ROOT / "constraints.txt")]
        subprocess.run([*install, "--find-links", str(wheels), f"{dist}=={version}"], check=True)
        tool = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(folder / "pyproject.toml")]
        kind = "application" if name == "oseberg" else "library"
        # without the addresses of the registry and the folders of this machine, and the same for the same content
        plain = ["--mc-type", kind, "--short-PURLs", "--output-reproducible", "--of", "JSON"]
        subprocess.run([*tool, *plain, "-o", str(bill), str(python)], check=True)
    return bill
