//! Which user a stage gets, and how it is made there.

use super::Stop;
use super::writes::Folder;
use crate::facts::Base;
use crate::images::{Family, Image, SpareUser};
use crate::transform::Context;

/// 1000 is taken in some images, and below it are the users of packages.
const UID: u32 = 10001;
const NAME: &str = "app";

pub(super) struct User {
    pub(super) uid: u32,
    way: Way,
}

enum Way {
    /// The image has it.
    Spare(SpareUser, Shell),
    /// This command makes it.
    Made(&'static str),
    /// A number that nothing in the image knows.
    Number,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shell {
    Some,
    None,
}

/// The stage says nothing of its user.
pub(super) fn is_unnamed(cx: &Context, stage: usize) -> Result<(), Stop> {
    let own = &cx.facts.stages[stage];
    if let Some(at) = own.all(cx.file, crate::syntax::Keyword::User).last() {
        let at = cx.file.instructions[*at].span;
        let (code, reason) = match own.user() {
            Some("root" | "0") => ("explicit-root", "it says that it runs as root".to_owned()),
            Some(user) => ("has-user", format!("it runs as `{user}` already")),
            None => ("has-user", "it sets a user already".to_owned()),
        };
        return Err(Stop { code, at, reason });
    }
    Ok(())
}

pub(super) fn user(cx: &Context, stage: usize) -> Result<User, Stop> {
    let from = cx.file.instructions[cx.facts.stages[stage].instructions.start].span;
    let stop = |code, reason: &str| Err(Stop { code, at: from, reason: reason.to_owned() });
    let own = &cx.facts.stages[stage];
    let bottom = super::ground::chain(cx, stage).last().map(|at| &cx.facts.stages[*at].base);
    let unknown = match bottom {
        Some(Base::Image(name)) => format!("nothing is known of the image `{name}`"),
        _ => "its base image is known only to the build".to_owned(),
    };
    let family = own.image.as_ref().and_then(|image| Some(image.distribution.as_ref()?.family));
    if family == Some(Family::Windows) {
        return stop("windows", "it is an image for Windows");
    }
    match own.user() {
        _ if is_scratch(cx, stage) => return Ok(User { uid: UID, way: Way::Number }),
        Some("root" | "0") => (),
        Some(user) => return stop("has-user", &format!("it runs as `{user}` already")),
        None if own.image.is_some() => {
            return stop("user-unknown", "it is not known as which user the image runs");
        }
        None => return stop("image-unknown", &unknown),
    }
    let Some(image) = own.image.as_deref() else {
        return stop("image-unknown", &unknown);
    };
    if image.has_triggers {
        return stop("triggers", "its base image runs triggers, which may need root");
    }
    if let Some(spare) = image.spare_user {
        let shell = if family == Some(Family::Distroless) { Shell::None } else { Shell::Some };
        return Ok(User { uid: spare.uid, way: Way::Spare(spare, shell) });
    }
    if own.shell().dialect.is_none() {
        return stop("other-shell", "its shell is none that can be read");
    }
    match command(image) {
        Some(command) => Ok(User { uid: UID, way: Way::Made(command) }),
        None => {
            stop("no-useradd", "its base image is not known to have a program that makes users")
        }
    }
}

fn is_scratch(cx: &Context, stage: usize) -> bool {
    super::ground::chain(cx, stage)
        .last()
        .is_some_and(|bottom| cx.facts.stages[*bottom].base == Base::Scratch)
}

/// What makes a user with a home folder and a group of its own.
fn command(image: &Image) -> Option<&'static str> {
    let distribution = image.distribution.as_ref()?;
    match distribution.family {
        Family::Debian
        | Family::Ubuntu
        | Family::DebianOrUbuntu
        | Family::Fedora
        | Family::Arch => Some("useradd --create-home --uid 10001 app"),
        Family::RedHat if !distribution.reduced => Some("useradd --create-home --uid 10001 app"),
        Family::Alpine => Some("adduser -D -u 10001 app"),
        // Others of the family leave the program out.
        Family::BusyBox if image.repository == "busybox" => Some("adduser -D -u 10001 app"),
        _ => None,
    }
}

impl User {
    pub(super) fn has_shell(&self) -> bool {
        !matches!(self.way, Way::Number | Way::Spare(_, Shell::None))
    }

    /// What makes it and its folders; the error says why that is not possible.
    pub(super) fn commands(&self, folders: &[Folder]) -> Result<Vec<String>, String> {
        if let (false, Some(folder)) = (self.has_shell(), folders.first()) {
            let (path, because) = (&folder.path, &folder.because);
            return Err(format!("without a shell `{path}` cannot be given away: {because}"));
        }
        let mut commands = Vec::new();
        let owner = match self.way {
            Way::Made(command) => {
                commands.push(command.to_owned());
                format!("{NAME}:{NAME}")
            }
            Way::Spare(spare, _) => format!("{}:{}", spare.name, spare.name),
            Way::Number => self.uid.to_string(),
        };
        let joined = |paths: Vec<&str>| paths.join(" ");
        let make: Vec<&str> = folders.iter().filter(|it| it.make).map(|it| &*it.path).collect();
        let all: Vec<&str> = folders.iter().map(|it| &*it.path).collect();
        if !make.is_empty() {
            commands.push(format!("mkdir -p {}", joined(make)));
        }
        if !all.is_empty() {
            commands.push(format!("chown {owner} {}", joined(all)));
        }
        Ok(commands)
    }

    /// In words.
    pub(super) fn describe(&self) -> String {
        match self.way {
            Way::Spare(spare, _) => {
                format!(
                    "the image has the user `{}` ({}), with a home folder",
                    spare.name, spare.uid
                )
            }
            Way::Made(_) => format!(
                "makes the user `{NAME}` ({UID}) with a home folder, which programs write to"
            ),
            Way::Number => {
                format!("the image knows no users: {UID} is a number alone, with `/` as its home")
            }
        }
    }
}
