use super::{defaults, told};

#[test]
fn a_pom_names_its_parent_modules_and_paths() {
    let text = r#"<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>g</groupId><artifactId>p</artifactId><version>3</version>
  </parent>
  <artifactId>shop</artifactId>
  <properties>
    <java.version>17</java.version>
    <maven.compiler.source>${java.version}</maven.compiler.source>
  </properties>
  <modules><module>core</module>
    <module>../web/pom.xml</module></modules>
  <dependencies>
    <dependency><groupId>a</groupId><artifactId>b</artifactId><version>1</version></dependency>
    <dependency><groupId>j</groupId><artifactId>u</artifactId><scope>test</scope></dependency>
    <dependency><groupId>s</groupId><artifactId>y</artifactId>
      <scope>system</scope><systemPath>${project.basedir}/lib/y.jar</systemPath></dependency>
  </dependencies>
  <build>
    <directory>out</directory>
    <resources><resource><directory>src/main/conf</directory></resource></resources>
    <plugins>
      <plugin>
        <groupId>io.github.git-commit-id</groupId><artifactId>git-commit-id-maven-plugin</artifactId>
      </plugin>
      <plugin><artifactId>maven-checkstyle-plugin</artifactId><version>3.1</version>
        <configuration><configLocation>config/checkstyle.xml</configLocation>
          <header>${project.basedir}/HEADER</header>
          <outputDirectory>${project.build.directory}/x</outputDirectory>
          <other>${my.dir}/x.txt</other></configuration>
      </plugin>
    </plugins>
  </build>
</project>"#;
    assert_eq!(
        told("pom.xml", text),
        [
            "name shop",
            "version 3",
            "8: java 17",
            "14: needs a:b 1",
            "15: needs j:u in development",
            "16: needs s:y",
            "23: needs io.github.git-commit-id:git-commit-id-maven-plugin to build",
            "26: needs maven-checkstyle-plugin 3.1 to build",
            "23: git io.github.git-commit-id:git-commit-id-maven-plugin",
            "20: fills out (build)",
            "3: manifest ../pom.xml",
            "11: package core",
            "12: package ../web/pom.xml",
            "16: content lib/y.jar",
            "20: content out",
            "21: content src/main/conf",
            "27: content config/checkstyle.xml",
            "28: content HEADER",
            "? line 30: the path `${my.dir}/x.txt` is not known",
        ]
    );
    assert_eq!(defaults("pom.xml", "<project/>"), ["target"]);
    let alone = "<project><parent><relativePath/></parent></project>";
    assert_eq!(told("pom.xml", alone), [""; 0]);
    assert_eq!(told("pom.xml", "<a/>"), ["! line 1: it is no `project`"]);
}

#[test]
fn gradle_is_read_where_it_is_literal() {
    let groovy = "plugins {\n  id 'java' // x\n  id 'com.palantir.git-version' version '3.0.0'\n}\napply from: 'gradle/deps.gradle'\napply plugin: \"war\"\nversion = '1.0'\nsourceCompatibility = JavaVersion.VERSION_1_8\ndependencies {\n  implementation 'a:b:1.0'\n  testImplementation(\"c:d\")\n  implementation project(':core')\n  implementation files('libs/x.jar')\n  compileOnly \"e:f:$version\"\n}\nbuildDir = 'out'\ndef rev = 'git rev-parse HEAD'.execute()\njar { from \"$dir/x.txt\" }\n";
    assert_eq!(
        told("build.gradle", groovy),
        [
            "version 1.0",
            "8: java 1.8",
            "10: needs a:b 1.0",
            "11: needs c:d in development",
            "12: needs core",
            "14: needs e:f to build",
            "2: needs java to build",
            "3: needs com.palantir.git-version 3.0.0 to build",
            "6: needs war to build",
            "3: git com.palantir.git-version",
            "17: git git",
            "16: fills out (build)",
            "5: manifest gradle/deps.gradle",
            "13: content libs/x.jar",
            "5: content gradle/deps.gradle",
            "13: content libs/x.jar",
            "? line 18: the path `$dir/x.txt` is not known",
        ]
    );
    assert_eq!(defaults("build.gradle", ""), ["build", ".gradle"]);
    let kotlin = "plugins {\n  kotlin(\"jvm\") version \"1.9\"\n}\nkotlin { jvmToolchain(21) }\njava { toolchain { languageVersion.set(JavaLanguageVersion.of(17)) } }\ndependencies { implementation(\"a:b:1\"); ksp(\"x:y:1\") }\n";
    assert_eq!(
        told("build.gradle.kts", kotlin),
        [
            "4: java 21",
            "5: java 17",
            "6: needs a:b 1",
            "2: needs org.jetbrains.kotlin.jvm to build",
        ]
    );
    let settings = "rootProject.name = \"shop\"\ninclude(\":core\", \":web:api\",\n  \":x\")\ninclude 'y',\n  'z'\nincludeBuild(\"../conventions\")\n";
    assert_eq!(
        told("settings.gradle.kts", settings),
        [
            "name shop",
            "2: package core",
            "2: package web/api",
            "2: package x",
            "4: package y",
            "4: package z",
            "6: package ../conventions",
            "6: content ../conventions",
        ]
    );
}
