//! The runtime of the build stage itself, where no image has that of the same Java alone.

use super::super::case::Case;
use super::super::plan::{Copied, Plan};
use super::launch::Launch;
use crate::images::runtime::{self, Jdk};

/// Where it is in the run-time stage.
pub(super) const FOLDER: &str = "/opt/jre";
pub(super) const JAVA: &str = "/opt/jre/bin/java";

/// All that programs without a compiler may ask for: what the runtimes of vendors have, and `jdk.attach`.
/// <https://openjdk.org/jeps/200>, <https://docs.oracle.com/en/java/javase/21/docs/api/>
const MODULES: &[&str] = &[
    "java.se",
    "java.smartcardio",
    "jdk.accessibility",
    "jdk.attach",
    "jdk.charsets",
    "jdk.crypto.cryptoki",
    "jdk.dynalink",
    "jdk.httpserver",
    "jdk.jdwp.agent",
    "jdk.jfr",
    "jdk.localedata",
    "jdk.management.agent",
    "jdk.management.jfr",
    "jdk.naming.dns",
    "jdk.naming.rmi",
    "jdk.net",
    "jdk.sctp",
    "jdk.security.auth",
    "jdk.security.jgss",
    "jdk.unsupported",
    "jdk.xml.dom",
    "jdk.zipfs",
];

/// Where the images of Eclipse Temurin have it, whose runtime the distroless images with Java have, too.
/// <https://github.com/GoogleContainerTools/distroless/blob/main/java/config.bzl>
const OF_TEMURIN: &str = "/opt/java/openjdk";
pub(super) const JAVA_OF_TEMURIN: &str = "/opt/java/openjdk/bin/java";

/// What changes the JDK itself, or is in it.
const OF_JDK: &[&str] = &[
    "JAVA_HOME/",
    "JAVA_HOME}/",
    "/opt/java",
    "/usr/java",
    "/usr/lib/jvm",
    "/usr/local/openjdk",
    "cacerts",
    "keytool",
];

/// The JDK of the build stage, if its runtime may be copied out of it.
pub(super) fn found(case: &Case, launch: &Launch) -> Option<Jdk> {
    let jdk = runtime::jdk(case.reference(), case.image()).filter(|it| it.is_portable)?;
    // The modules of 9 and 10 are others.
    if !(jdk.major == 8 || jdk.major >= 11) {
        return None;
    }
    let asks = |word: &String| {
        word.contains("jdk.incubator") || word.contains("add-modules") || word.contains("JVMCI")
    };
    let is_plain = is_as_published(case) && !launch.words.iter().flatten().any(asks);
    is_plain.then_some(jdk)
}

/// Whether the file leaves the JDK as it is.
pub(super) fn is_as_published(case: &Case) -> bool {
    let is_own = |at: usize| {
        let text = case.span(at).of(case.cx.file.source);
        OF_JDK.iter().any(|it| text.contains(it))
    };
    let instructions = case.stage().instructions.clone().skip(1);
    // How the program is started may name the `java` of the JDK.
    let mut others = instructions.filter(|at| {
        use crate::syntax::Keyword::{Cmd, Entrypoint, Env};
        !matches!(case.cx.file.instructions[*at].keyword, Cmd | Entrypoint | Env)
    });
    !others.any(is_own)
}

/// Takes the runtime out of the image of a vendor.
pub(super) fn of_temurin(case: &Case, major: u32, plan: &mut Plan) {
    let image = Some(format!("eclipse-temurin:{major}-jre"));
    let because = format!("the runtime of Java {major} that distroless images do not have");
    plan.before.push(Copied { image, ..Copied::folder(OF_TEMURIN, because) });
    plan.changed.push(OF_TEMURIN.to_owned());
    set(case, OF_TEMURIN, plan);
}

/// Where the runtime is.
fn set(case: &Case, folder: &str, plan: &mut Plan) {
    plan.environment.push(("JAVA_HOME".to_owned(), folder.to_owned()));
    if !super::ground::sets_path(case) {
        plan.environment.push(("PATH".to_owned(), format!("{folder}/bin:$PATH")));
    }
}

/// Lets the build stage take the runtime out of its JDK, before anything else happens in it.
pub(super) fn carry(case: &Case, jdk: Jdk, plan: &mut Plan) {
    let take = match jdk.major {
        8 => format!("RUN cp -r \"$JAVA_HOME/jre\" {FOLDER}"),
        major => linked(case, major),
    };
    plan.built.insert(0, (case.stage().instructions.start + 1, take));
    plan.changed.push(FOLDER.to_owned());
    plan.before.push(Copied::folder(FOLDER, "the runtime of its own JDK"));
    set(case, FOLDER, plan);
}

/// <https://docs.oracle.com/en/java/javase/21/docs/specs/man/jlink.html>
fn linked(case: &Case, major: u32) -> String {
    let compress = if major >= 21 { "zip-6" } else { "2" };
    let of_version: &[&str] = match major {
        11..=14 => &["jdk.crypto.ec", "jdk.scripting.nashorn"],
        15..=21 => &["jdk.crypto.ec"],
        // It is part of `java.base`.
        _ => &[],
    };
    let modules: Vec<&str> = MODULES.iter().chain(of_version).copied().collect();
    let escape = case.cx.file.escape;
    // The image has certificates of its distribution instead of those that the modules hold.
    let lines = [
        format!(
            "RUN jlink --output {FOLDER} --no-header-files --no-man-pages --compress={compress}"
        ),
        format!("--add-modules {}", modules.join(",")),
        format!("&& cp \"$JAVA_HOME/lib/security/cacerts\" {FOLDER}/lib/security/"),
    ];
    lines.join(&format!(" {escape}\n    "))
}
