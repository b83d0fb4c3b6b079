//! The form of a codemod in YAML: its keys, and what each takes.

use super::condition::FAMILIES;
use crate::yaml::form::{Field, Form, Mapping, Need};

const fn field(name: &'static str, form: Form, about: &'static str) -> Field {
    Field { name, form, need: Need::Optional, about }
}

const fn required(name: &'static str, form: Form, about: &'static str) -> Field {
    Field { name, form, need: Need::Required, about }
}

/// One codemod.
pub static CODEMOD: Form = Form::Mapping(&Mapping {
    what: "a codemod: a mapping with `id`, `summary`, `match` and `rewrite`",
    fields: &[
        required("id", ID, "Its name: small letters, digits and hyphens"),
        required("summary", Form::Text, "What it does, in one line: the title of its diffs"),
        field("about", Form::Text, "What `jettison explain` shows, as Markdown"),
        field(
            "unsafe",
            Form::Text,
            "Why a person must agree; without it each change has to be provably safe",
        ),
        required(
            "match",
            Form::Several(&PATTERN),
            "What is looked for; of a list the first that fits counts",
        ),
        field("where", WHERE, "What has to hold, all of it"),
        required("rewrite", REWRITE, "What becomes of it"),
        field("tests", Form::List(&TEST), "Dockerfiles before and after"),
    ],
    others: None,
});

const ID: Form = Form::Named {
    what: "name of small letters, digits and hyphens, at most 60, that starts with a letter",
    pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
};

static FLAG_VALUE: Form = Form::Either(&[Form::Text, Form::Nothing]);
static FLAGS_FORM: Form = Form::Mapping(&Mapping {
    what: "a mapping of flags, without their `--`, to values, `true` or `~`",
    fields: &[],
    others: Some(("flag", "^[a-z][a-z-]*$", &FLAG_VALUE)),
});
const FLAGS: Form = Form::Of(|| &FLAGS_FORM);

const IMAGE_FIELDS: [Field; 6] = [
    field("image", Form::Text, "The whole reference"),
    field("registry", Form::Text, "The registry; `docker.io` where none is written"),
    field("repository", Form::Text, "The repository; with `library/` for official images"),
    field("tag", Form::Text, "The tag; `latest` where neither tag nor digest is written"),
    field("digest", Form::Text, "The digest, with its algorithm"),
    field("flags", FLAGS, "Flags, without their `--`"),
];

const FROM_FIELDS: [Field; 7] = {
    let [image, registry, repository, tag, digest, flags] = IMAGE_FIELDS;
    [
        image,
        registry,
        repository,
        tag,
        digest,
        flags,
        field("as", Form::Text, "The name of the stage"),
    ]
};

static FROM_PARTS: Form = Form::Mapping(&Mapping {
    what: "an image, or a mapping of its parts",
    fields: &FROM_FIELDS,
    others: None,
});

static IMAGE_PARTS: Form = Form::Mapping(&Mapping {
    what: "an image, or a mapping of its parts",
    fields: &IMAGE_FIELDS,
    others: None,
});

static COMMAND_PARTS: Form = Form::Mapping(&Mapping {
    what: "commands, or a mapping of what is asked of them",
    fields: &[
        field("command", Form::Text, "The commands"),
        field(
            "options",
            Form::List(&Form::Text),
            "Words that may stand anywhere behind the program",
        ),
        field(
            "form",
            Form::OneOf(&[("exec", "A JSON array"), ("shell", "A text for the shell")]),
            "The form",
        ),
        field("whole", Form::Flag, "Whether nothing else may be in the instruction"),
        field("flags", FLAGS, "Flags, without their `--`"),
    ],
    others: None,
});

static COPY_PARTS: Form = Form::Mapping(&Mapping {
    what: "sources and destination, or a mapping of `arguments` and `flags`",
    fields: &[
        field("arguments", Form::Text, "Sources and destination"),
        field("flags", FLAGS, "Flags, without their `--`"),
    ],
    others: None,
});

static PAIR_PARTS: Form = Form::Mapping(&Mapping {
    what: "`NAME=VALUE`, a name, or a mapping of `name` and `value`",
    fields: &[field("name", Form::Text, "The name"), field("value", Form::Text, "The value")],
    others: None,
});

const fn either(parts: &'static [Form; 2]) -> Form {
    Form::Either(parts)
}

const FROM: Form = either(&[Form::Text, Form::Of(|| &FROM_PARTS)]);
const IMAGE: Form = either(&[Form::Text, Form::Of(|| &IMAGE_PARTS)]);
const COMMANDS: Form = either(&[Form::Text, Form::Of(|| &COMMAND_PARTS)]);
const COPY: Form = either(&[Form::Text, Form::Of(|| &COPY_PARTS)]);
const PAIR: Form = either(&[Form::Text, Form::Of(|| &PAIR_PARTS)]);

/// The kinds of patterns, with what each is about.
const KINDS: [Field; 21] = [
    field("from", FROM, "The image of a stage"),
    field("image", IMAGE, "An image wherever one is named"),
    field("run", COMMANDS, "Commands of `RUN`"),
    field("cmd", COMMANDS, "The command of `CMD`"),
    field("entrypoint", COMMANDS, "The command of `ENTRYPOINT`"),
    field("healthcheck", COMMANDS, "The command of `HEALTHCHECK`, or `NONE`"),
    field("copy", COPY, "`COPY`"),
    field("add", COPY, "`ADD`"),
    field("env", PAIR, "A variable of `ENV`"),
    field("label", PAIR, "A label"),
    field("arg", PAIR, "A build argument"),
    field("expose", Form::Text, "A port of `EXPOSE`"),
    field("volume", Form::Text, "A path of `VOLUME`"),
    field("user", Form::Text, "The argument of `USER`"),
    field("workdir", Form::Text, "The argument of `WORKDIR`"),
    field("stopsignal", Form::Text, "The argument of `STOPSIGNAL`"),
    field("maintainer", Form::Text, "The argument of `MAINTAINER`"),
    field("shell", Form::Text, "The words of `SHELL`"),
    field("instruction", Form::Text, "Any instruction: its keyword and arguments"),
    field("stage", Form::Text, "A build stage, by its name"),
    field("file", Form::Text, "The Dockerfile, by its path"),
];

static PATTERN: Form = Form::Mapping(&Mapping {
    what: "a pattern: a mapping with one key, such as `from` or `run`",
    fields: &KINDS,
    others: None,
});

static TEXTS: Form = Form::Several(&Form::Text);

static CHECKS: Form = Form::Mapping(&Mapping {
    what: "a mapping with `regex`, `written`, `glob`, `equals`, `one-of`, `semver` or `compare`",
    fields: &[
        field("regex", Form::Text, "A regular expression that matches somewhere in the value"),
        field("written", Form::Text, "The same over what is written, with quotes and variables"),
        field("glob", Form::Text, "A glob that matches all of it"),
        field("equals", Form::Text, "The value"),
        field("one-of", Form::List(&Form::Text), "The values that it may have"),
        field("semver", Form::Text, "A range of versions: `>=18, <20`"),
        field("compare", Form::Text, "An operator and a number or version: `< 3.9`"),
    ],
    others: None,
});

const METAVARIABLE: &str = "^[A-Z][A-Z0-9_]*$";

const fn names<const N: usize>() -> [(&'static str, &'static str); N] {
    let mut all = [("", ""); N];
    let mut at = 0;
    while at < N {
        all[at] = (FAMILIES[at].0, "");
        at += 1;
    }
    all
}

static DISTRIBUTION: Form = Form::OneOf(&names::<{ FAMILIES.len() }>());

static STAGE: Form = Form::Mapping(&Mapping {
    what: "`shipped`, `build`, `first`, `last`, or a mapping of facts about the stage",
    fields: &[
        field("name", Form::Text, "A glob over its name"),
        field("shipped", Form::Flag, "Whether its layers reach an image that somebody runs"),
        field("base", FROM, "The image that it is built on"),
        field("distribution", Form::Several(&DISTRIBUTION), "The distribution of its base image"),
        field("release", TEXTS_FORM, "The release of that: `12`, `bookworm`, `22.04`"),
        field("package-manager", TEXTS_FORM, "`apt`, `apk`, `dnf`, `yum`, `zypper`, …"),
        field("shell", TEXTS_FORM, "`bash`, `dash` or `ash`"),
        field("libc", TEXTS_FORM, "`glibc` or `musl`"),
        field("user", TEXTS_FORM, "The user in force"),
    ],
    others: None,
});

const TEXTS_FORM: Form = Form::Of(|| &TEXTS);

const STAGE_NAMES: Form = Form::OneOf(&[
    ("shipped", "Its layers reach an image that somebody runs"),
    ("build", "They do not"),
    ("first", "The first stage"),
    ("last", "The last stage"),
]);

static WHERE_FORM: Form = Form::Mapping(&Mapping {
    what: "a mapping of conditions",
    fields: &[
        field(
            "stage",
            Form::Either(&[STAGE_NAMES, Form::Of(|| &STAGE)]),
            "The stage that it is in",
        ),
        field(
            "context",
            Form::Mapping(&Mapping {
                what: "a mapping with `has` and `lacks`",
                fields: &[
                    field("has", TEXTS_FORM, "Globs, for each of which a file is there"),
                    field("lacks", TEXTS_FORM, "Globs for which no file is there"),
                ],
                others: None,
            }),
            "Files of the build context",
        ),
        field("path", Form::Text, "A glob over the path of the Dockerfile"),
        field(
            "position",
            Form::OneOf(&[
                ("first", "The first in its stage"),
                ("last", "The last in its stage"),
                ("first-in-file", "The first of all"),
                ("last-in-file", "The last of all"),
            ]),
            "Of all that was found",
        ),
        field("before", Form::Of(|| &PATTERN), "Such an instruction stands behind it in its stage"),
        field(
            "after",
            Form::Of(|| &PATTERN),
            "Such an instruction stands in front of it in its stage",
        ),
        field("contains", Form::Of(|| &PATTERN), "Something like it is in the stage or the file"),
        field("not", Form::Of(|| &WHERE_FORM), "Conditions that do not hold together"),
        field("any", Form::List(&WHERE), "Conditions of which one holds"),
        field("all", Form::List(&WHERE), "Conditions that all hold"),
    ],
    others: Some(("metavariable", METAVARIABLE, &CHECKS)),
});
const WHERE: Form = Form::Of(|| &WHERE_FORM);

static INSERT: Form = Form::Mapping(&Mapping {
    what: "a mapping with `at` and `text`",
    fields: &[
        required(
            "at",
            Form::OneOf(&[
                ("after-from", "Behind `FROM`"),
                (
                    "before-cmd",
                    "Before the first of `CMD` and `ENTRYPOINT`, or at the end of the stage",
                ),
                ("end-of-stage", "At the end of the stage"),
                ("start-of-file", "Before the first instruction"),
            ]),
            "Where it comes to stand",
        ),
        required("text", Form::Text, "The instruction"),
    ],
    others: None,
});

const REWRITE_FIELDS: [Field; 29] = {
    let [
        from,
        image,
        run,
        cmd,
        entrypoint,
        healthcheck,
        copy,
        add,
        env,
        label,
        arg,
        expose,
        volume,
        user,
        workdir,
        stopsignal,
        maintainer,
        shell,
        instruction,
        _,
        _,
    ] = KINDS;
    [
        from,
        image,
        run,
        cmd,
        entrypoint,
        healthcheck,
        copy,
        add,
        env,
        label,
        arg,
        expose,
        volume,
        user,
        workdir,
        stopsignal,
        maintainer,
        shell,
        instruction,
        field(
            "delete",
            Form::Either(&[Form::Flag, Form::OneOf(&[("instruction", "The whole instruction")])]),
            "What goes",
        ),
        field("flags", FLAGS, "Flags to set, or with `~` to take away"),
        field("before", TEXTS_FORM, "Instructions before the matched one"),
        field("after", TEXTS_FORM, "Instructions behind the matched one"),
        field("insert", Form::List(&INSERT), "Instructions at named places"),
        field("prepend", Form::Text, "Commands before all of a `RUN`"),
        field("append", Form::Text, "Commands behind all of a `RUN`"),
        field("wrap", Form::Text, "A command with `$MATCH` in it"),
        field("declare", TEXTS_FORM, "`ARG` or `ENV` instructions that the stage does not have"),
        field("syntax", Form::Text, "The image of the frontend: `# syntax=`"),
    ]
};

static REWRITE_FORM: Form = Form::Mapping(&Mapping {
    what: "a mapping of what is to be done",
    fields: &REWRITE_FIELDS,
    others: None,
});
const REWRITE: Form = Form::Of(|| &REWRITE_FORM);

static TEST: Form = Form::Mapping(&Mapping {
    what: "a test: a mapping with `diff`, `unchanged` or `declined`",
    fields: &[
        field("diff", Form::Text, "A Dockerfile; lines with `-` go, with `+` come"),
        field("unchanged", Form::Text, "A Dockerfile that is left alone"),
        field("declined", Form::Text, "A Dockerfile that is left alone with a reason"),
        field("because", Form::Text, "The code of the reason"),
        field("name", Form::Text, "What it shows"),
        field("path", Form::Text, "The path of the Dockerfile"),
        field("files", Form::List(&Form::Text), "The files of the build context"),
    ],
    others: None,
});
