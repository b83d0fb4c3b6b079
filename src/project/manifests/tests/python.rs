use super::told;

#[test]
fn requirements_name_files_and_folders() {
    let text = "# -r no.txt\n-r base.txt\n-cconstraints.txt\n--requirement=more/dev.txt  # why\nflask==2.0 ; python_version > '3' # x\nrequests[security] >= 2.8, \\\n    == 2.8.*  --hash=sha256:abc\n-e ./pkgs/a[extra]\n./b\nwheels/c-1.0-py3-none-any.whl\nd @ file:///srv/d\ne @ https://x.y/e.zip\ngit+https://x.y/f#egg=f\n--find-links wheels/\n--index-url https://x.y/simple\nsetuptools_scm\n-r ${ENVIRONMENT}.txt\n-e .\n";
    assert_eq!(
        told("requirements.txt", text),
        [
            "5: needs flask ==2.0",
            "6: needs requests >= 2.8,     == 2.8.*",
            "11: needs d @ file:///srv/d",
            "12: needs e @ https://x.y/e.zip",
            "16: needs setuptools_scm",
            "16: git setuptools_scm",
            "2: manifest base.txt",
            "3: manifest constraints.txt",
            "4: manifest more/dev.txt",
            "8: package pkgs/a",
            "9: package b",
            "10: package wheels/c-1.0-py3-none-any.whl",
            "14: package wheels",
            "18: package .",
            "? line 17: the path `${ENVIRONMENT}.txt` is not known",
        ]
    );
}

#[test]
fn a_project_names_its_readme_and_backend() {
    let text = r#"[build-system]
requires = ["hatchling>=1.21", "hatch-vcs"]
build-backend = "hatchling.build"

[project]
name = "shop"
dynamic = ["version"]
readme = { file = "docs/README.rst", content-type = "text/x-rst" }
license-files = ["LICEN[CS]E*"]
requires-python = ">=3.11"
dependencies = ["django>=4.2,<5", "local @ file:./local"]
optional-dependencies.test = ["pytest"]
scripts.shop = "shop.cli:main"

[dependency-groups]
dev = ["ruff", { include-group = "x" }]

[tool.hatch.version]
source = "vcs"

[tool.hatch.build.hooks.vcs]
version-file = "src/shop/_version.py"

[tool.hatch.build.targets.wheel.force-include]
"assets/x.json" = "shop/x.json"

[tool.uv.sources]
core = { path = "../core", editable = true }

[tool.uv.workspace]
members = ["packages/*"]
"#;
    assert_eq!(
        told("pyproject.toml", text),
        [
            "name shop",
            "backend hatchling.build",
            "10: python >=3.11",
            "2: needs hatchling >=1.21 to build",
            "2: needs hatch-vcs to build",
            "11: needs django >=4.2,<5",
            "11: needs local @ file:./local",
            "12: needs pytest if wanted",
            "16: needs ruff in development",
            "13: runs shop: shop.cli:main",
            "2: git hatch-vcs",
            "19: git hatch version from vcs",
            "8: document docs/README.rst",
            "9: document LICEN[CS]E*",
            "11: package local",
            "28: package ../core",
            "31: package packages/*",
            "22: content src/shop/_version.py",
            "25: content assets/x.json",
            "25: content shop/x.json",
        ]
    );
}

#[test]
fn poetry_and_pipenv_write_tables() {
    let text = r#"[tool.poetry]
name = "shop"
version = "0.1.0"
readme = ["README.md", "CHANGES.md"]
packages = [{ include = "shop", from = "src" }]
include = [{ path = "data", format = "sdist" }]

[tool.poetry.dependencies]
python = "^3.11"
flask = { version = "^3", extras = ["async"] }
core = { path = "../core", develop = true }
multi = [{ version = "1", python = "<3.12" }, { version = "2" }]

[tool.poetry.group.dev.dependencies]
black = "*"

[tool.poetry-dynamic-versioning]
enable = true
"#;
    assert_eq!(
        told("pyproject.toml", text),
        [
            "name shop",
            "version 0.1.0",
            "9: python ^3.11",
            "10: needs flask ^3",
            "11: needs core",
            "12: needs multi 1",
            "12: needs multi 2",
            "15: needs black in development",
            "17: git poetry-dynamic-versioning",
            "4: document README.md",
            "4: document CHANGES.md",
            "11: package ../core",
            "5: content src/shop",
            "6: content data",
        ]
    );
    let text = "[requires]\npython_version = \"3.12\"\n[packages]\nflask = \"*\"\nlib = {path = \"./lib\", editable = true}\n[dev-packages]\npytest = \">=8\"\n[scripts]\nserve = \"flask run\"\n";
    assert_eq!(
        told("Pipfile", text),
        [
            "2: python 3.12",
            "4: needs flask",
            "5: needs lib",
            "7: needs pytest >=8 in development",
            "9: runs serve: flask run",
            "5: package lib",
        ]
    );
}

#[test]
fn setuptools_has_three_files() {
    let text = "import versioneer\nfrom setuptools import setup\n\nlong = open('README.rst').read()\nsetup(\n    name='shop',\n    version=versioneer.get_version(),\n    python_requires='>=3.8',\n    install_requires=['flask', # x\n        \"click>=8\"],\n    setup_requires=['pbr'],\n)\n";
    assert_eq!(
        told("setup.py", text),
        [
            "name shop",
            "8: python >=3.8",
            "9: needs flask",
            "10: needs click >=8",
            "11: needs pbr to build",
            "1: git versioneer",
            "7: git versioneer.get_version",
            "11: git pbr",
            "4: content README.rst",
        ]
    );
    let text = "[metadata]\nname = shop\nversion = attr: shop.__version__\nlong_description = file: README.md, CHANGES.md\nlicense_files =\n    LICENSE\n[options]\npython_requires = >=3.8\ninstall_requires =\n    flask>=2\n    click\n[options.extras_require]\ndev = black\n[versioneer]\nversionfile_source = shop/_version.py\n";
    assert_eq!(
        told("setup.cfg", text),
        [
            "name shop",
            "8: python >=3.8",
            "10: needs flask >=2",
            "11: needs click",
            "13: needs black if wanted",
            "14: git versioneer",
            "4: document README.md",
            "4: document CHANGES.md",
            "6: document LICENSE",
            "6: content LICENSE",
            "15: content shop/_version.py",
        ]
    );
    let text = "include README.md LICENSE\nrecursive-include shop/static *.css *.js\nprune docs\ngraft data # all\n";
    assert_eq!(
        told("MANIFEST.in", text),
        [
            "1: content README.md",
            "1: content LICENSE",
            "2: content shop/static/**/*.css",
            "2: content shop/static/**/*.js",
            "4: content data",
        ]
    );
}
