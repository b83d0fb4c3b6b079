//! The form of a configuration: what is read, what an editor completes, and the page that documents it.

use crate::transform::Transform;
use crate::transforms;
use crate::yaml::form::{self as schema, Field, Form, Mapping, Need};
use std::sync::{Mutex, PoisonError};

const GLOB: Form = Form::Named { what: "a glob, such as `legacy/**`", pattern: "." };

const PATH: Form = Form::Named { what: "a path", pattern: "." };

const REGISTRY: Form = Form::Named {
    what: "a registry or a folder of one, such as `docker.io/library`",
    pattern: r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]+)?(/[a-z0-9._-]+)*/?$",
};

const SIZE: Form =
    Form::Named { what: "a size, such as `500kB` or `20 MB`", pattern: "^[0-9]+ ?(B|kB|MB|GB)$" };

const ID: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

const SWITCH: Form = Form::OneOf(&[
    ("on", "Run it: what is safe is applied, the rest needs agreement"),
    ("off", "Do not run it"),
    ("allowed", "Run it, and its unsafe changes are agreed to"),
    ("ask", "Run it, and also what is safe needs agreement"),
]);

const EXTENDS: Field = Field {
    name: "extends",
    form: Form::Several(&PATH),
    need: Need::Optional,
    about: "Configuration files that this one builds on, from its folder; later ones win",
};

const CODEMODS: Field = Field {
    name: "codemods",
    form: Form::List(&PATH),
    need: Need::Optional,
    about: "Files with codemods, or folders of them, from the folder of this file",
};

const MERGE: Field = Field {
    name: "merge",
    form: Form::OneOf(&[
        ("shipped", "Every group of a shipped stage"),
        ("pays", "Only where a later RUN removes or rewrites what an earlier one wrote"),
        ("never", "None"),
    ]),
    need: Need::Optional,
    about: "Which consecutive RUNs become one",
};

const CACHES: Field = Field {
    name: "caches",
    form: Form::OneOf(&[("clean", "Remove them"), ("off", "Leave them")]),
    need: Need::Optional,
    about: "What happens to package caches",
};

const PORTS: Field = Field {
    name: "ports",
    form: Form::OneOf(&[
        ("root", "Root alone"),
        ("docker", "Everybody, as in the networks of Docker since 20.10"),
    ]),
    need: Need::Optional,
    about: "Who may listen on ports below 1024",
};

const RUNTIME: Field = Field {
    name: "runtime",
    form: Form::OneOf(&[
        ("auto", "The most secure one that the evidence supports"),
        ("distroless", "Distroless images or nothing"),
        ("alpine", "Alpine or nothing"),
        ("slim", "Images of a distribution with a shell"),
        ("smallest", "The one with the fewest bytes"),
    ]),
    need: Need::Optional,
    about: "Which images run-time stages are built on",
};

const BUILDER: Field = Field {
    name: "builder",
    form: Form::OneOf(&[
        ("any", "Not known"),
        ("docker", "docker build with BuildKit"),
        ("buildkit", "BuildKit, buildx or Bake"),
        ("podman", "podman build"),
        ("buildah", "buildah"),
        ("kaniko", "kaniko"),
        ("legacy", "docker build without BuildKit"),
    ]),
    need: Need::Optional,
    about: "What builds the images: changes bring only what it knows",
};

const TRUSTED: Field = Field {
    name: "trusted-registries",
    form: Form::List(&REGISTRY),
    need: Need::Optional,
    about: "Registries, or folders of them, from which alone changes may bring images",
};

const SAVING: Field = Field {
    name: "minimum-saving",
    form: SIZE,
    need: Need::Optional,
    about: "Bytes of an image that a change has to save, where that is known",
};

const INCLUDE: Field = Field {
    name: "include",
    form: Form::List(&GLOB),
    need: Need::Optional,
    about: "Files to take also in vendored folders, and templates",
};

const EXCLUDE: Field = Field {
    name: "exclude",
    form: Form::List(&GLOB),
    need: Need::Optional,
    about: "Files and whole folders to leave out",
};

const FILES: Field = Field {
    name: "files",
    form: Form::List(&GLOB),
    need: Need::Required,
    about: "The Dockerfiles, and ignore files, that it is about, as globs",
};

const USE: Field = Field {
    name: "use",
    form: SWITCH,
    need: Need::Optional,
    about: "Whether it runs, and what has to be agreed to",
};

/// The settings that have one value, in the order in which they are shown.
pub(in crate::cli) const SINGLE: [&str; 6] =
    ["merge", "caches", "ports", "runtime", "builder", "minimum-saving"];

/// The form of a configuration file where these transforms are built in. It is made once.
pub(in crate::cli) fn form(transforms: &'static [&'static Transform]) -> &'static Form {
    static MADE: Mutex<Vec<(usize, &'static Form)>> = Mutex::new(Vec::new());
    let key = transforms.as_ptr() as usize;
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, form)) = made.iter().find(|(it, _)| *it == key) {
        return form;
    }
    let fields = transforms.iter().map(|it| transform(it)).collect::<Vec<Field>>();
    let others: &'static Form = leaked(Form::Either(leak(vec![SWITCH, own(&[])])));
    let each: &'static Mapping = Box::leak(Box::new(Mapping {
        what: "transform ids, each with `on`, `off`, `allowed` or `ask`",
        fields: leak(fields),
        others: Some(("transform", ID, others)),
    }));
    let form = leaked(whole(each));
    made.push((key, form));
    form
}

/// The same as JSON Schema, as it is shipped.
pub(in crate::cli) fn schema(transforms: &'static [&'static Transform]) -> String {
    let mut schema = schema::schema("Configuration of jettison", form(transforms));
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".into(), "A .jettison.yaml; docs/configuration.md".into());
    }
    format!("{schema:#}\n")
}

fn leak<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}

fn leaked(form: Form) -> &'static Form {
    Box::leak(Box::new(form))
}

fn transform(transform: &'static Transform) -> Field {
    Field {
        name: &transform.id,
        form: Form::Either(leak(vec![SWITCH, own(transforms::options(&transform.id))])),
        need: Need::Optional,
        about: &transform.summary,
    }
}

/// What can be said of one transform, beside its switch.
fn own(options: &[&str]) -> Form {
    let known = [MERGE, CACHES, PORTS, RUNTIME, SAVING];
    let fields = known.into_iter().filter(|field| options.contains(&field.name));
    let fields = std::iter::once(USE).chain(fields).collect();
    Form::Mapping(Box::leak(Box::new(Mapping {
        what: "`on`, `off`, `allowed` or `ask`, or `use` and options of its own",
        fields: leak(fields),
        others: None,
    })))
}

fn whole(transforms: &'static Mapping) -> Form {
    let each = || Field {
        name: "transforms",
        form: Form::Mapping(transforms),
        need: Need::Optional,
        about: "Which transforms run, and what is agreed to, by their ids",
    };
    let settings = || [each(), MERGE, CACHES, PORTS, RUNTIME, BUILDER, TRUSTED, SAVING];
    let one = std::iter::once(FILES).chain(settings()).collect();
    let overrides: &'static Form = leaked(Form::Mapping(Box::leak(Box::new(Mapping {
        what: "`files`, and settings for them",
        fields: leak(one),
        others: None,
    }))));
    let overrides = Field {
        name: "overrides",
        form: Form::List(overrides),
        need: Need::Optional,
        about: "Settings for some files; later ones win",
    };
    let first = [EXTENDS, CODEMODS].into_iter().chain(settings());
    Form::Mapping(Box::leak(Box::new(Mapping {
        what: "a mapping with settings as keys, such as `merge: pays`",
        fields: leak(first.chain([INCLUDE, EXCLUDE, overrides]).collect()),
        others: None,
    })))
}
