#!/usr/bin/env python3
"""What the decision about a split costs in projects of many files.

    decision.py --jettison PATH [--before PATH] [--files 2000] [--rounds 21] [--only go,node] [--keep FOLDER]
    decision.py --jettison PATH [--before PATH] [--rounds 21] DOCKERFILE[@CONTEXT]...

Makes a project of each kind, all of whose files are sources, or takes projects that are there, and runs `--only split-stages` and `--only merge-runs` on it in turn: the second finds the Dockerfile and
what builds it as well, and reads no sources. Printed is the median of the differences between the two, pair by pair, in milliseconds of
CPU and of wall time. With `--before` the same for another binary, in the same rounds.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

WORDS = "account batch cache delay event filter group handler index journal kernel ledger member number order parcel queue record session token".split()


def body(number, line, comment):
    """About 2 KB of a source file: names, texts and comments as people write them."""
    lines = []
    for step in range(24):
        word, other = WORDS[(number + step) % 20], WORDS[(number * 3 + step) % 20]
        if step % 6 == 0:
            lines.append(f"{comment} Keeps the {word} of each {other}, as long as there is one.")
        lines.append(line.format(number=number, step=step, word=word, other=other))
    return "\n".join(lines) + "\n"


def files(count, pattern, text):
    return {pattern.format(folder=number // 50, number=number): text(number) for number in range(count)}


def go(count, imports):
    text = lambda n: f'package part{n // 50}\n\nimport (\n\t"fmt"\n\t"strings"\n)\n\n' + body(
        n, 'func Value{number}{step}(name string) string {{ return strings.ToUpper(fmt.Sprintf("{word}: %s in the {other}", name)) }}', "//")
    parts = range((count + 49) // 50)
    used = [f'\t_ "example.com/app/internal/part{part}"' for part in parts] if imports else []
    main = "package main\n\nimport (\n\t\"net/http\"\n" + "\n".join(used) + '\n)\n\nfunc main() {\n\thttp.ListenAndServe(":8080", nil)\n}\n'
    return {"Dockerfile": 'FROM golang:1.24\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\nEXPOSE 8080\nCMD ["/app"]\n',
            "go.mod": "module example.com/app\n\ngo 1.24\n", "main.go": main, **files(count, "internal/part{folder}/file{number}.go", text)}


def node(count):
    text = lambda n: "const { format } = require('util');\nconst next = require('./file%d');\n\n" % ((n // 50) * 50 + (n + 1) % 50) + body(
        n, "exports.value{number}{step} = (name) => format('{word}: %s in the {other}', name, next);", "//")
    return {"Dockerfile": 'FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nEXPOSE 3000\nCMD ["node", "server.js"]\n',
            "package.json": '{"name": "app", "version": "1.0.0", "main": "server.js", "dependencies": {"express": "^4.18.0"}}\n',
            "package-lock.json": '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "app", "dependencies": {"express": "^4.18.0"}}, "node_modules/express": {"version": "4.18.2"}}}\n',
            "server.js": "const app = require('express')();\nrequire('./src/part0/file0');\napp.listen(3000);\n",
            **files(count, "src/part{folder}/file{number}.js", text)}


def typescript(count):
    text = lambda n: "import { format } from 'util';\nimport * as next from './file%d';\n\n" % ((n // 50) * 50 + (n + 1) % 50) + body(
        n, "export const value{number}{step} = (name: string): string => format('{word}: %s in the {other}', name, next);", "//")
    return {"Dockerfile": 'FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\nEXPOSE 3000\nCMD ["node", "dist/server.js"]\n',
            "package.json": '{"name": "app", "version": "1.0.0", "scripts": {"build": "tsc"}, "dependencies": {"express": "^4.18.0"}, "devDependencies": {"typescript": "^5.4.0"}}\n',
            "package-lock.json": '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "app", "dependencies": {"express": "^4.18.0"}, "devDependencies": {"typescript": "^5.4.0"}}, "node_modules/express": {"version": "4.18.2"}, "node_modules/typescript": {"version": "5.4.5", "dev": true}}}\n',
            "tsconfig.json": '{"compilerOptions": {"target": "es2022", "module": "commonjs", "rootDir": "src", "outDir": "dist", "strict": true}}\n',
            "src/server.ts": "import express from 'express';\nimport './part0/file0';\nconst app = express();\napp.listen(3000);\n",
            **files(count, "src/part{folder}/file{number}.ts", text)}


def site(count):
    text = lambda n: "import React from 'react';\n\n" + body(
        n, "export const Value{number}{step} = (props) => <p title='{word}'>{{props.name}} in the {other}</p>;", "//")
    return {"Dockerfile": 'FROM node:22\nWORKDIR /app\nCOPY package*.json ./\nRUN npm ci\nCOPY . .\nRUN npm run build\nRUN npm install -g serve\nEXPOSE 3000\nCMD ["serve", "-s", "dist", "-l", "3000"]\n',
            "package.json": '{"name": "app", "version": "1.0.0", "scripts": {"build": "vite build"}, "dependencies": {"react": "^18.2.0"}, "devDependencies": {"vite": "^5.0.0"}}\n',
            "package-lock.json": '{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "app"}}}\n',
            "vite.config.js": "export default {};\n", "index.html": "<div id='root'></div><script type='module' src='/src/part0/file0.jsx'></script>\n",
            **files(count, "src/part{folder}/file{number}.jsx", text)}


def python(count):
    text = lambda n: "import logging\n\nfrom . import names\n\n" + body(
        n, 'def value_{number}_{step}(name):\n    return "{word}: %s in the {other}" % name', "#")
    parts = (count + 49) // 50
    return {"Dockerfile": 'FROM python:3.12\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nEXPOSE 8000\nCMD ["gunicorn", "-b", "0.0.0.0:8000", "app:app"]\n',
            "requirements.txt": "flask==3.0.3\ngunicorn==22.0.0\n", "app.py": "from flask import Flask\n\nimport part0.file0\n\napp = Flask(__name__)\n",
            **{f"part{part}/__init__.py": "" for part in range(parts)}, **files(count, "part{folder}/file{number}.py", text)}


def java(count):
    text = lambda n: f"package com.example.part{n // 50};\n\nimport java.util.List;\n\npublic class File{n} {{\n" + body(
        n, '    public String value{number}{step}(String name) {{ return String.format("{word}: %s in the {other}", name); }}', "    //") + "}\n"
    pom = ('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId><artifactId>app</artifactId><version>1.0</version>'
           "<parent><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId><version>3.3.0</version></parent>"
           "<dependencies><dependency><groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-web</artifactId></dependency></dependencies>"
           "<build><plugins><plugin><groupId>org.springframework.boot</groupId><artifactId>spring-boot-maven-plugin</artifactId></plugin></plugins></build></project>\n")
    return {"Dockerfile": 'FROM maven:3.9-eclipse-temurin-21\nWORKDIR /app\nCOPY . .\nRUN mvn -B package\nEXPOSE 8080\nCMD ["java", "-jar", "target/app-1.0.jar"]\n',
            "pom.xml": pom, "src/main/java/com/example/App.java": "package com.example;\n\npublic class App { public static void main(String[] args) { org.springframework.boot.SpringApplication.run(App.class, args); } }\n",
            **files(count, "src/main/java/com/example/part{folder}/File{number}.java", text)}


def rust(count):
    text = lambda n: "use std::fmt::Write;\n\n" + body(
        n, 'pub fn value_{number}_{step}(name: &str) -> String {{ format!("{word}: {{name}} in the {other}") }}', "//")
    parts = (count + 49) // 50
    modules = {f"src/part{part}/mod.rs": "".join(f"pub mod file{n};\n" for n in range(part * 50, min(count, part * 50 + 50))) for part in range(parts)}
    main = "".join(f"mod part{part};\n" for part in range(parts)) + "\nfn main() {\n    println!(\"{}\", part0::file0::value_0_0(\"one\"));\n}\n"
    return {"Dockerfile": 'FROM rust:1.85\nWORKDIR /app\nCOPY . .\nRUN cargo build --release\nCMD ["./target/release/app"]\n',
            "Cargo.toml": '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n', "Cargo.lock": 'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\n',
            "src/main.rs": main, **modules, **files(count, "src/part{folder}/file{number}.rs", text)}


def dotnet(count):
    text = lambda n: f"using System;\n\nnamespace App.Part{n // 50};\n\npublic class File{n} {{\n" + body(
        n, '    public string Value{number}{step}(string name) {{ return string.Format("{word}: {{0}} in the {other}", name); }}', "    //") + "}\n"
    return {"Dockerfile": 'FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY . .\nRUN dotnet publish -c Release -o /out\nEXPOSE 8080\nENTRYPOINT ["dotnet", "/out/App.dll"]\n',
            "App.csproj": '<Project Sdk="Microsoft.NET.Sdk.Web"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>\n',
            "Program.cs": "var app = WebApplication.CreateBuilder(args).Build();\napp.Run();\n", **files(count, "Part{folder}/File{number}.cs", text)}


def ruby(count):
    text = lambda n: "require 'json'\n\nmodule Part%d\n" % (n // 50) + body(
        n, 'def self.value_{number}_{step}(name) = format("{word}: %s in the {other}", name)', "  #") + "end\n"
    return {"Dockerfile": 'FROM ruby:3.3\nWORKDIR /app\nCOPY Gemfile Gemfile.lock ./\nRUN bundle install\nCOPY . .\nEXPOSE 9292\nCMD ["bundle", "exec", "puma", "-b", "tcp://0.0.0.0:9292"]\n',
            "Gemfile": 'source "https://rubygems.org"\n\ngem "puma"\ngem "sinatra"\n', "Gemfile.lock": "GEM\n  remote: https://rubygems.org/\n  specs:\n    nio4r (2.7.3)\n    puma (6.4.2)\n      nio4r (~> 2.0)\n    sinatra (4.0.0)\n\nPLATFORMS\n  ruby\n\nDEPENDENCIES\n  puma\n  sinatra\n\nBUNDLED WITH\n   2.5.9\n",
            "config.ru": "require './app'\nrun Sinatra::Application\n", "app.rb": "require 'sinatra'\n", **files(count, "lib/part{folder}/file{number}.rb", text)}


def c(count):
    text = lambda n: '#include <stdio.h>\n\n' + body(
        n, 'int value_{number}_{step}(const char *name) {{ return printf("{word}: %s in the {other}\\n", name); }}', "//")
    return {"Dockerfile": 'FROM gcc:13\nWORKDIR /app\nCOPY . .\nRUN make\nCMD ["./app"]\n',
            "Makefile": "SOURCES := $(wildcard src/*/*.c) main.c\n\napp: $(SOURCES)\n\tgcc -O2 -o app $(SOURCES)\n", "main.c": "int main(void) { return 0; }\n",
            **files(count, "src/part{folder}/file{number}.c", text)}


KINDS = {"go": lambda count: go(count, True), "go-one": lambda count: go(count, False), "node": node, "typescript": typescript, "site": site, "python": python,
         "java": java, "rust": rust, "dotnet": dotnet, "ruby": ruby, "c": c}


def run(binary, target, transform):
    """-> (CPU, wall) in milliseconds, and what was said"""
    command = [binary, "--format", "json", "--only", transform, "--allow", transform, *target]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    told = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    process.stdout.close()
    return (usage.ru_utime + usage.ru_stime) * 1000, (time.perf_counter() - start) * 1000, told


def difference(binary, target):
    split, alone = run(binary, target, "split-stages"), run(binary, target, "merge-runs")
    return split[0] - alone[0], split[1] - alone[1], split[2]


def made(folder, kind, count):
    """-> how jettison is told of a project of this kind"""
    for name, text in KINDS[kind](count).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [str(folder)]


def given(project):
    """-> how jettison is told of a project that is there, and how many files it has"""
    dockerfile, _, context = project.partition("@")
    context = context or os.path.dirname(dockerfile) or "."
    kept = ("/.git/", "/node_modules/")
    count = sum(len(files) for folder, _, files in os.walk(context) if not any(it in folder + "/" for it in kept))
    return ["--context", context, dockerfile], count


def measured(binaries, target, rounds):
    """-> (CPU, wall) of each binary, and whether the last one offers something"""
    figures = [[difference(binary, target) for binary in binaries] for _ in range(rounds + 1)][1:]
    columns = [tuple(statistics.median(round[at][which] for round in figures) for which in (0, 1)) for at in range(len(binaries))]
    offered = b'"steps": []' not in figures[-1][-1][2].replace(b'"steps":[]', b'"steps": []')
    return columns, offered


def said(name, columns, end):
    print(f"{name:44} " + " | ".join(f"{cpu:7.1f} {wall:7.1f}" for cpu, wall in columns) + f"  {end}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jettison", required=True)
    parser.add_argument("--before")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", help="kinds, with commas: " + ", ".join(KINDS))
    parser.add_argument("--keep", help="make the projects here, and leave them")
    parser.add_argument("projects", nargs="*", metavar="DOCKERFILE[@CONTEXT]", help="projects that are there, and not made ones")
    options = parser.parse_args()
    binaries = [it for it in (options.before, options.jettison) if it]
    print(f"{options.rounds} rounds; milliseconds: " + " | ".join(["CPU, wall"] * len(binaries)))
    all = []
    for project in options.projects:
        target, count = given(project)
        columns, offered = measured(binaries, target, options.rounds)
        said("/".join(project.partition("@")[0].split("/")[-3:]), columns, f"{count} files, {'offered' if offered else 'declined'}")
        all.append(columns)
    for name, of in (("median", statistics.median), ("most", max)) if all else ():
        said(name, [tuple(of(it[at][which] for it in all) for which in (0, 1)) for at in range(len(binaries))], "")
    if options.projects:
        return
    top = pathlib.Path(options.keep or tempfile.mkdtemp())
    for kind in options.only.split(",") if options.only else KINDS:
        columns, offered = measured(binaries, made(top / kind, kind, options.files), options.rounds)
        said(kind, columns, f"{options.files} files, {'offered' if offered else 'declined'}")
    if not options.keep:
        subprocess.run(["rm", "-r", str(top)], check=True)


if __name__ == "__main__":
    sys.exit(main())
