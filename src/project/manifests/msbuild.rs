//! `*.csproj` and its like, `*.props`, `*.targets` (MSBuild's reference), and solutions.

use super::{Group, Holds, Manifest, Role, Unclear, data, xml};
use roxmltree::Node;

/// What stands for the folder of the file.
const HERE: [&str; 4] = [
    "$(MSBuildThisFileDirectory)",
    "$(MSBuildProjectDirectory)",
    "$(ProjectDir)",
    "$(MSBuildStartupDirectory)",
];

/// Items that are no files.
const NO_FILES: [&str; 7] = [
    "Using",
    "FrameworkReference",
    "KnownFrameworkReference",
    "InternalsVisibleTo",
    "AssemblyAttribute",
    "AssemblyMetadata",
    "Reference",
];

pub(super) fn project(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    let document = xml::parse(text)?;
    let project = document.root_element();
    if project.tag_name().name() != "Project" {
        return Err(Unclear { line: xml::line(project), reason: "it is no `Project`".to_owned() });
    }
    if let Some(sdk) = project.attribute("Sdk") {
        manifest.plugin(sdk, None, xml::line(project));
    }
    for (property, folder) in [("BaseOutputPath", "bin"), ("BaseIntermediateOutputPath", "obj")] {
        if !project.descendants().any(|node| node.tag_name().name() == property) {
            manifest.fills(Holds::Build, folder, None);
        }
    }
    for node in project.descendants().filter(Node::is_element) {
        let parent = node.parent().map_or("", |it| it.tag_name().name());
        match (parent, node.tag_name().name()) {
            ("PropertyGroup", name) => self::property(name, node, manifest),
            ("ItemGroup" | "When" | "Otherwise", name) => item(name, node, manifest),
            (_, "Import") => path(Role::Manifest, node.attribute("Project"), node, manifest),
            (_, "Sdk") => {
                manifest.plugin(
                    node.attribute("Name").unwrap_or_default(),
                    node.attribute("Version"),
                    xml::line(node),
                );
            }
            (_, "Exec") => {
                let command = node.attribute("Command").unwrap_or_default();
                manifest.script("Exec", command, xml::line(node));
            }
            // What a task gets may be files.
            ("Target", _) => node.attributes().for_each(|it| {
                let text = here(it.value());
                manifest.may_name(Role::Content, &text, xml::line(node));
            }),
            _ => {}
        }
    }
    Ok(())
}

fn property(name: &str, node: Node<'_, '_>, manifest: &mut Manifest) {
    let Some(value) = node.text().map(str::trim).filter(|it| !it.is_empty()) else { return };
    let line = xml::line(node);
    match name {
        "TargetFramework" | "TargetFrameworks" | "TargetFrameworkVersion" => {
            value.split(';').for_each(|it| manifest.wants("dotnet", it, line));
        }
        "AssemblyName" => manifest.name = Some(value.to_owned()),
        "Version" | "VersionPrefix" => manifest.version = Some(value.to_owned()),
        "OutputPath"
        | "OutDir"
        | "BaseOutputPath"
        | "IntermediateOutputPath"
        | "BaseIntermediateOutputPath"
        | "PublishDir"
        | "ArtifactsPath"
        | "PackageOutputPath" => {
            let folder = here(value);
            match folder.contains("$(") {
                true => manifest.unclear(line, format!("the folder `{value}` is not known")),
                false => manifest.fills(Holds::Build, &folder, Some(line)),
            }
        }
        "PackageReadmeFile" | "PackageLicenseFile" | "PackageIcon" => {
            manifest.names(Role::Document, &here(value), line);
        }
        _ if value.contains("$(") && !HERE.iter().any(|it| value.starts_with(it)) => {}
        _ => manifest.may_name(Role::Content, &here(value), line),
    }
}

fn item(name: &str, node: Node<'_, '_>, manifest: &mut Manifest) {
    let include = node.attribute("Include").or(node.attribute("Update"));
    match name {
        "PackageReference"
        | "PackageVersion"
        | "GlobalPackageReference"
        | "DotNetCliToolReference" => {
            let version = node.attribute("Version").or(xml::text(node, "Version"));
            let private = node.attribute("PrivateAssets").or(xml::text(node, "PrivateAssets"));
            let group = if private == Some("all") { Group::Build } else { Group::Normal };
            for package in include.unwrap_or_default().split(';') {
                manifest.depends(group, package.trim(), version, xml::line(node));
            }
        }
        "ProjectReference" => path(Role::Package, include, node, manifest),
        _ if NO_FILES.contains(&name) => {
            let hint = xml::text(node, "HintPath");
            path(Role::Content, hint, node, manifest);
        }
        _ => path(Role::Content, include, node, manifest),
    }
}

/// Paths separated by `;`.
fn path(role: Role, value: Option<&str>, node: Node<'_, '_>, manifest: &mut Manifest) {
    for part in value.unwrap_or_default().split(';').map(str::trim) {
        let path = here(part);
        // Files of the SDK are named by its properties.
        let sdk =
            ["$(MSBuildExtensionsPath", "$(VSToolsPath", "$(MSBuildToolsPath", "$(MSBuildBinPath"];
        match path.contains(['$', '@', '%']) {
            true if sdk.iter().any(|it| part.starts_with(it)) => {}
            // A list of other items.
            true if part.starts_with("@(") => {}
            true => manifest.unclear(xml::line(node), format!("the path `{part}` is not known")),
            false => manifest.names(role, &path, xml::line(node)),
        }
    }
}

/// With `/`, from the folder of the file.
fn here(path: &str) -> String {
    let below = HERE.iter().find_map(|here| path.strip_prefix(here)).unwrap_or(path);
    let below = below.replace('\\', "/");
    if below.len() < path.len() { below.trim_start_matches('/').to_owned() } else { below }
}

/// A solution names projects: `Project("{…}") = "Name", "path\x.csproj", "{…}"`, and files of folders in it as
/// `path = path`. The newer form is XML.
pub(super) fn solution(text: &str, manifest: &mut Manifest) -> Result<(), Unclear> {
    if text.trim_start().starts_with('<') {
        let document = xml::parse(text)?;
        for node in document.descendants().filter(Node::is_element) {
            let path = node.attribute("Path").map(here).unwrap_or_default();
            let role =
                if node.tag_name().name() == "Project" { Role::Package } else { Role::Content };
            manifest.names(role, &path, xml::line(node));
        }
        return Ok(());
    }
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("Project(") {
            let path = line.split('"').nth(5).map(here).unwrap_or_default();
            // A folder of the solution has its name for a path.
            if data::looks_like_path(&path) {
                manifest.names(Role::Package, &path, number + 1);
            }
        } else if let Some((path, same)) = line.split_once(" = ")
            && path == same
        {
            manifest.may_name(Role::Content, &here(path), number + 1);
        }
    }
    Ok(())
}
