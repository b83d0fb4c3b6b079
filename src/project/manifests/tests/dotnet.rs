use super::{defaults, told};

#[test]
fn a_project_names_other_projects_and_files() {
    let text = r#"<Project Sdk="Microsoft.NET.Sdk.Web">
  <Import Project="..\build\common.props" />
  <Import Project="$(MSBuildThisFileDirectory)x.targets" Condition="Exists('x.targets')" />
  <PropertyGroup>
    <TargetFrameworks>net8.0;net6.0</TargetFrameworks>
    <AssemblyName>Shop</AssemblyName>
    <PackageReadmeFile>README.md</PackageReadmeFile>
    <ApplicationIcon>shop.ico</ApplicationIcon>
    <OutputPath>..\out\$(Configuration)</OutputPath>
    <PublishDir>publish\</PublishDir>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Serilog" Version="3.1.1" />
    <PackageReference Include="MinVer"><Version>5.0</Version><PrivateAssets>all</PrivateAssets></PackageReference>
    <ProjectReference Include="..\Core\Core.csproj" />
    <Content Include="wwwroot\**\*.json;data\x.txt" />
    <None Update="appsettings.json" CopyToOutputDirectory="Always" />
    <Using Include="System.Linq" />
    <Reference Include="Old"><HintPath>lib\Old.dll</HintPath></Reference>
    <Compile Include="$(Shared)\a.cs" />
  </ItemGroup>
  <Target Name="Stamp"><Exec Command="git rev-parse HEAD" /></Target>
</Project>"#;
    assert_eq!(
        told("Shop.csproj", text),
        [
            "name Shop",
            "5: dotnet net8.0",
            "5: dotnet net6.0",
            "13: needs Serilog 3.1.1",
            "14: needs MinVer 5.0 to build",
            "1: needs Microsoft.NET.Sdk.Web to build",
            "22: runs Exec: git rev-parse HEAD",
            "14: git MinVer",
            "22: git Exec",
            "10: fills publish (build)",
            "2: manifest ../build/common.props",
            "3: manifest x.targets",
            "7: document README.md",
            "8: content shop.ico",
            "15: package ../Core/Core.csproj",
            "16: content wwwroot/**/*.json",
            "16: content data/x.txt",
            "17: content appsettings.json",
            "19: content lib/Old.dll",
            "? line 9: the folder `..\\out\\$(Configuration)` is not known",
            "? line 20: the path `$(Shared)\\a.cs` is not known",
        ]
    );
    assert_eq!(defaults("a.csproj", "<Project/>"), ["bin", "obj"]);
    assert_eq!(told("a.csproj", "<x/>"), ["! line 1: it is no `Project`"]);
}

#[test]
fn a_solution_names_its_projects() {
    let text = "Microsoft Visual Studio Solution File, Format Version 12.00\r\nProject(\"{9A19103F}\") = \"Api\", \"src\\Api\\Api.csproj\", \"{1}\"\r\nEndProject\r\nProject(\"{2150E333}\") = \"items\", \"items\", \"{2}\"\r\n\tProjectSection(SolutionItems) = preProject\r\n\t\tREADME.md = README.md\r\n\tEndProjectSection\r\nEndProject\r\n";
    assert_eq!(told("a.sln", text), ["2: package src/Api/Api.csproj", "6: content README.md"]);
    let text = "<Solution>\n<Folder Name=\"/x/\">\n<File Path=\"README.md\" /></Folder>\n<Project Path=\"src/Api/Api.csproj\" />\n</Solution>";
    assert_eq!(told("a.slnx", text), ["3: content README.md", "4: package src/Api/Api.csproj"]);
}
