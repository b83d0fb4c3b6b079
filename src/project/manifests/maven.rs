//! `pom.xml` (Maven's POM reference).

use super::{Group, Holds, Manifest, Role, Unclear, data, xml};
use roxmltree::Node;

/// What stands for the folder of the file.
const HERE: [&str; 4] = [
    "${project.basedir}/",
    "${basedir}/",
    "${pom.basedir}/",
    "${maven.multiModuleProjectDirectory}/",
];

/// Properties that say for which Java is compiled.
const JAVA: [&str; 4] =
    ["maven.compiler.release", "java.version", "maven.compiler.source", "maven.compiler.target"];

pub(super) fn read(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let document = xml::parse(text)?;
    let project = document.root_element();
    if project.tag_name().name() != "project" {
        return Err(Unclear { line: xml::line(project), reason: "it is no `project`".to_owned() });
    }
    let owned = |name: &str| xml::text(project, name).map(str::to_owned);
    (manifest.name, manifest.version) = (owned("artifactId"), owned("version"));
    if let Some(parent) = xml::child(project, "parent") {
        self::parent(parent, manifest);
    }
    properties(project, manifest);
    part(project, manifest);
    let profiles = xml::children(project, "profiles");
    for profile in profiles.flat_map(|profiles| xml::children(profiles, "profile")) {
        properties(profile, manifest);
        part(profile, manifest);
    }
    if !manifest.outputs.iter().any(|output| output.line.is_some()) {
        manifest.fills(Holds::Build, "target", None);
    }
    paths(project, manifest);
    Ok(())
}

/// A parent without a path is looked for in the folder above; an empty path is none.
fn parent(parent: Node<'_, '_>, manifest: &mut Manifest) {
    manifest.version = manifest.version.take().or(xml::text(parent, "version").map(str::to_owned));
    let path = xml::child(parent, "relativePath");
    let written = path.map_or("../pom.xml", |path| path.text().unwrap_or_default());
    manifest.names(Role::Manifest, written, xml::line(path.unwrap_or(parent)));
}

fn properties(project: Node<'_, '_>, manifest: &mut Manifest) {
    let properties = xml::children(project, "properties").flat_map(|it| it.children());
    for property in properties.filter(Node::is_element) {
        let version = property.text().unwrap_or_default().trim();
        if JAVA.contains(&property.tag_name().name())
            && !version.is_empty()
            && !version.contains('$')
        {
            manifest.wants("java", version, xml::line(property));
        }
    }
}

/// What a project and a profile have in common.
fn part(project: Node<'_, '_>, manifest: &mut Manifest) {
    let modules = xml::children(project, "modules").chain(xml::children(project, "subprojects"));
    for module in modules.flat_map(|it| it.children()).filter(Node::is_element) {
        manifest.names(Role::Package, module.text().unwrap_or_default(), xml::line(module));
    }
    let managed = xml::children(project, "dependencyManagement");
    for list in managed
        .flat_map(|it| xml::children(it, "dependencies"))
        .chain(xml::children(project, "dependencies"))
    {
        xml::children(list, "dependency").for_each(|it| dependency(it, manifest));
    }
    for build in xml::children(project, "build") {
        if let Some(folder) = xml::child(build, "directory") {
            let path = below(folder.text().unwrap_or_default().trim());
            match path.contains('$') {
                true => {
                    manifest.unclear(xml::line(folder), format!("the folder `{path}` is not known"))
                }
                false => manifest.fills(Holds::Build, path, Some(xml::line(folder))),
            }
        }
        let managed = xml::children(build, "pluginManagement");
        let lists = managed
            .flat_map(|it| xml::children(it, "plugins"))
            .chain(xml::children(build, "plugins"));
        let extensions =
            xml::children(build, "extensions").flat_map(|it| xml::children(it, "extension"));
        lists
            .flat_map(|it| xml::children(it, "plugin"))
            .chain(extensions)
            .for_each(|it| plugin(it, manifest));
    }
}

fn dependency(dependency: Node<'_, '_>, manifest: &mut Manifest) {
    let group = match (xml::text(dependency, "scope"), xml::text(dependency, "optional")) {
        (Some("test"), _) => Group::Development,
        (_, Some("true")) => Group::Optional,
        _ => Group::Normal,
    };
    let (version, line) = (xml::text(dependency, "version"), xml::line(dependency));
    manifest.depends(group, &coordinates(dependency), version, line);
    if let Some(path) = xml::text(dependency, "systemPath") {
        manifest.names(Role::Content, below(path), line);
    }
}

fn plugin(plugin: Node<'_, '_>, manifest: &mut Manifest) {
    manifest.plugin(&coordinates(plugin), xml::text(plugin, "version"), xml::line(plugin));
    let depends =
        xml::children(plugin, "dependencies").flat_map(|it| xml::children(it, "dependency"));
    for it in depends {
        manifest.depends(Group::Build, &coordinates(it), xml::text(it, "version"), xml::line(it));
    }
    let configuration = xml::child(plugin, "configuration");
    let release = configuration.and_then(|it| xml::text(it, "release").or(xml::text(it, "source")));
    if let Some(release) = release.filter(|it| !it.contains('$')) {
        manifest.wants("java", release, xml::line(plugin));
    }
}

/// `group:artifact`; plugins without a group are Maven's own.
fn coordinates(node: Node<'_, '_>) -> String {
    let part = |name: &str| xml::text(node, name).unwrap_or_default();
    format!("{}:{}", part("groupId"), part("artifactId")).trim_start_matches(':').to_owned()
}

/// Every text that may be a path, wherever a plugin takes it.
fn paths(project: Node<'_, '_>, manifest: &mut Manifest) {
    for node in project.descendants().filter(Node::is_element) {
        let Some(text) = node.text().map(str::trim) else { continue };
        let name = node.tag_name().name();
        // These were read, or name no file of the project.
        if matches!(
            name,
            "module"
                | "relativePath"
                | "systemPath"
                | "groupId"
                | "artifactId"
                | "version"
                | "url"
                | "mainClass"
        ) {
            continue;
        }
        let path = below(text);
        let is_path =
            path != text || matches!(name, "directory" | "sourceDirectory" | "testSourceDirectory");
        if path.contains("${") {
            // What the build itself makes, and places elsewhere, are no concern.
            let elsewhere =
                ["${project.build.", "${user.home}", "${java.home}", "${settings.", "${env."];
            if data::looks_like_path(path) && !elsewhere.iter().any(|it| path.starts_with(it)) {
                manifest.unclear(xml::line(node), format!("the path `{path}` is not known"));
            }
        } else if is_path {
            manifest.names(Role::Content, path, xml::line(node));
        } else {
            manifest.may_name(Role::Content, path, xml::line(node));
        }
    }
}

fn below(path: &str) -> &str {
    HERE.iter().find_map(|here| path.strip_prefix(here)).unwrap_or(path)
}
