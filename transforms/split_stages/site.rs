//! Static sites: what a build makes of them is served by nginx.
//!
//! The server of the old image is replaced, so that its port and its rules for paths are written down for
//! nginx. What nginx cannot answer alike is left alone.

use super::case::Case;
use super::checks::{Asked, Check, checks};
use super::commands::Work;
use super::plan::{Copied, Ground, Kind, Plan, Start};
use super::program::{self, Program};
use super::{Stack, Stop, emit};
use crate::facts::resolve;
use crate::images::Family;
use crate::images::runtime::{RuntimeImage, nginx, nginx_unprivileged};
use crate::shell::command::base;
use crate::syntax::Keyword;
use crate::transform::{PortPolicy, RuntimePolicy};

mod by_nginx;
mod called;
mod nginx_config;
mod outputs;
mod server;

use server::{Port, Server, Site};

pub(super) use by_nginx::STACK as BY_NGINX;

pub(super) const STACK: Stack = Stack { name: "the site", is, plan };

fn is(case: &Case) -> bool {
    let Ok(program) = program::program(case) else { return false };
    let server = called::called(case, &program).and_then(|called| server::of(&called.words));
    match server {
        // The preview of a framework that renders on the server is no server of files.
        Some(Server::Preview) => !renders(case),
        server => server.is_some(),
    }
}

/// Whether a framework with a server of its own stands behind Vite.
fn renders(case: &Case) -> bool {
    const FRAMEWORKS: &[&str] = &[
        "\"@builder.io/qwik-city\"",
        "\"@react-router/dev\"",
        "\"@remix-run/",
        "\"@solidjs/start\"",
        "\"@sveltejs/kit\"",
        "\"@tanstack/react-start\"",
        "\"nuxt\"",
        "\"vike\"",
        "\"vinxi\"",
    ];
    let text = case.stage().workdir().and_then(|workdir| {
        let path = resolve(Some(workdir), "package.json")?;
        case.source(&path).ok()?.and_then(|it| case.text(&it))
    });
    text.is_none_or(|text| FRAMEWORKS.iter().any(|it| text.contains(it)))
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let at = program.said.last().map_or_else(|| case.from(), |at| case.span(*at));
    let unknown =
        || Stop { code: "unknown-program", at, reason: "how it is served is not known".to_owned() };
    let called = called::called(case, program).ok_or_else(unknown)?;
    let server = server::of(&called.words).ok_or_else(unknown)?;
    if let Server::Development(why) = server {
        let reason = format!("`{}` {why}", called.words.join(" "));
        return Err(Stop { code: "development", at, reason });
    }
    if case.cx.file.escape != '\\' {
        return Err(case.stop("escape", "another escape character is in force".to_owned()));
    }
    let site = server::site(case, server, &called, at)?;
    if site.made.is_none() {
        outputs::fits(case, &site)?;
    }
    let mut plan = Plan::default();
    let image = image(case, &site)?;
    let why = "nginx and the files that it serves: neither the server of before nor its language";
    let root = match site.port.number() < 1024 && is_root(&image) {
        true => Some(format!("it listens on port {}", site.port.number())),
        false => None,
    };
    let kind = Kind::Chosen(Box::new(image), why.to_owned());
    plan.ground = Ground { kind, root, ..Ground::default() };
    if let Some(command) = &site.made {
        plan.built.push((emit::tail(case), format!("RUN {command}")));
        plan.changed.push(site.root.clone());
    }
    configured(case, &site, &mut plan);
    plan.copies.push(Copied::folder(&site.root, format!("`{}` serves it", called.words.join(" "))));
    plan.notes.extend(called.through.iter().cloned());
    plan.notes.extend(site.notes.iter().cloned());
    plan.doubts.extend(site.doubts.iter().cloned());
    let answers = "nginx answers with other `ETag`, `Server` and error texts than before";
    plan.notes.push(answers.to_owned());
    plan.notes.push("its image stops by `SIGQUIT` and names its own port besides".to_owned());
    plan.left.push("what the site is made of".to_owned());
    Ok(plan)
}

/// The configuration of nginx, written by the build stage, and how nginx starts.
fn configured(case: &Case, site: &Site, plan: &mut Plan) {
    let nginx = ["nginx", "-g", "daemon off;"].map(str::to_owned);
    let mut command = nginx.to_vec();
    let path = match &site.port {
        Port::Fixed(_) => "/etc/nginx/conf.d/default.conf",
        Port::Variable(default) => {
            if let Some(default) = default.filter(|_| case.variable("PORT").is_none()) {
                plan.environment.push(("PORT".to_owned(), default.to_string()));
            }
            // The entry point of the image writes the port into the configuration.
            command.insert(0, "/docker-entrypoint.sh".to_owned());
            "/etc/nginx/templates/default.conf.template"
        }
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let lines = nginx_config::lines(site).into_iter().map(|line| format!("    '{line}' \\\n"));
    let lines = lines.collect::<String>();
    let text = format!("RUN mkdir -p {folder} && printf '%s\\n' \\\n{lines}    > {path}");
    plan.built.push((as_root(case), text));
    plan.changed.push(path.to_owned());
    plan.copies.push(Copied::file(path, "the port and the rules of before, for nginx"));
    plan.start = Some(Start { entrypoint: Vec::new(), command });
}

/// Where the build stage may still write to folders of root.
fn as_root(case: &Case) -> usize {
    let tail = emit::tail(case);
    let instructions = case.stage().instructions.start..tail;
    let is_user = |at: &usize| case.cx.file.instructions[*at].keyword == Keyword::User;
    instructions.into_iter().find(is_user).unwrap_or(tail)
}

fn is_root(image: &RuntimeImage) -> bool {
    matches!(image.user, "0" | "root")
}

fn image(case: &Case, site: &Site) -> Result<RuntimeImage, Stop> {
    let none = || case.stop("runtime", "no image of nginx is known for it".to_owned());
    let tag = match case.cx.options.runtime {
        RuntimePolicy::Distroless => {
            let reason = "there is no distroless image with a web server".to_owned();
            return Err(case.stop("runtime", reason));
        }
        RuntimePolicy::Slim => "stable",
        _ if asks(case, "curl", site)? => "stable-alpine",
        _ => "stable-alpine-slim",
    };
    let is_low = site.port.number() < 1024 && case.cx.options.ports == PortPolicy::Root;
    match is_low {
        true => nginx(Some(tag)).ok_or_else(none),
        false => nginx_unprivileged(Some(tag)).ok_or_else(none),
    }
}

/// Whether a health check asks with a program; an error if it does so with one that the image has not.
fn asks(case: &Case, program: &str, site: &Site) -> Result<bool, Stop> {
    let mut found = false;
    for check in checks(case) {
        found |= asks_with(case, program, site, &check)?;
    }
    Ok(found)
}

fn asks_with(case: &Case, program: &str, site: &Site, check: &Check) -> Result<bool, Stop> {
    let words: Vec<String> = match &check.asked {
        Asked::Words(words) => words.clone(),
        Asked::Script(text) => text.split_whitespace().map(str::to_owned).collect(),
    };
    let stop = |reason: String| Err(Stop { code: "healthcheck", at: check.at, reason });
    let said = &check.said;
    let first = words.first().map_or("", |it| base(it));
    let text = words.join(" ");
    let ends = ["||", "&&", "exit", "1", "0"];
    let others = words[1.min(words.len())..].iter().skip_while(|it| !ends.contains(&it.as_str()));
    if others.into_iter().any(|it| !ends.contains(&it.as_str())) {
        return stop(format!("`{text}` may not work in an image of nginx"));
    }
    let port = format!(":{}", site.port.number());
    let asks_port = text.contains(&port) || site.port.number() == 80 || text.contains("PORT");
    if !asks_port {
        return stop(format!("`{text}` asks another port than {}", site.port.number()));
    }
    let family = case.image().and_then(|it| it.distribution.as_ref()).map(|it| it.family);
    match first {
        "curl" => Ok(program == "curl"),
        // The one of busybox asks `::1` alone, which nginx does not listen on.
        "wget" if family == Some(Family::Alpine) && !text.contains("localhost") => Ok(false),
        _ => stop(format!("`{first}`, which {said} starts, may not be in an image of nginx")),
    }
}

/// Whether the build installs a server by its name, or has a base that brings npm.
fn knows_node(case: &Case) -> bool {
    let is_node = |name: &str| matches!(name, "npm" | "npx" | "pnpm" | "yarn" | "node" | "bun");
    let runs = |work: &Work| matches!(work, Work::Program { name, .. } if is_node(name));
    base(case.repository()) == "node" || case.steps().iter().any(|step| runs(&step.work))
}
