from setuptools import Extension, setup

setup(
    name="adler",
    version="0.2",
    ext_modules=[Extension("adler", ["adlermodule.c"], libraries=["z"])],
)
