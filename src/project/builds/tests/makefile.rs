use super::told;

fn make(text: &str) -> Vec<String> {
    told(&[("a/Makefile", text)])
}

#[test]
fn recipes_run_in_the_folder_of_the_file() {
    let text = "all: image\n\nimage: ## build it\n\t@docker build \\\n\t\t-f D \\\n\t\t.\n\tcd b\n\tdocker build .\n";
    assert_eq!(
        make(text),
        [
            "`docker build` in target `image`:4: a/D in a",
            "`docker build` in target `image`:8: a/Dockerfile in a"
        ]
    );
}

#[test]
fn variables_with_one_value_are_known() {
    let text = "DOCKER ?= docker\nDIR := b\nTAG = me/$(DIR) # name\nTWO = x\nTWO = y\nSHA := $(shell git rev-parse HEAD)\nimg:\n\t$(DOCKER) build -t $(TAG) -t me:$(SHA) $(DIR)\n\tdocker build $(TWO)\n\tdocker build --build-arg V=$(SHA) -f \"$(CURDIR)/$@\" .\n";
    assert_eq!(
        make(text),
        [
            "`docker build` in target `img`:8: a/b/Dockerfile in a/b, as me/b, perhaps as me:*",
            "? `docker build` in target `img`:9: the command line depends on `$(TWO)`",
            "`docker build` in target `img`:10: a/img in a, V?",
        ]
    );
}

#[test]
fn a_recipe_may_stand_in_the_line_of_its_target() {
    assert_eq!(
        make("a: b ; @docker build -t $@ c\n\tdocker build d\nB := x; docker build .\n"),
        [
            "`docker build` in target `a`:1: a/c/Dockerfile in a/c, as a",
            "`docker build` in target `a`:2: a/d/Dockerfile in a/d",
        ]
    );
}

#[test]
fn what_is_no_recipe_is_not_read() {
    let text = "define x\n\tdocker build .\nendef\n# docker build .\nX = docker build .\nx:\n\t# docker build .\n\techo \"docker build .\"\n";
    assert_eq!(make(text), [""; 0]);
    assert_eq!(
        make("x:\n\t$(CONTAINER_TOOL) build .\n"),
        ["? an image build in target `x`:2: the program depends on `$(CONTAINER_TOOL)`"]
    );
}

#[test]
fn what_is_set_under_a_condition_or_for_one_target_is_not_known() {
    let text = "D := a\nx: D := b\nx:\n\tdocker build -f \"$(D)\" .\n";
    assert_eq!(
        make(text),
        ["? `docker build` in target `x`:4: the Dockerfile depends on `$(D)` (context a)"]
    );
    let text = "D := a\nifdef X\nD := b\nendif\nifndef E\nE := e\nendif\nx:\n\tdocker build -f \"$(D)\" .\n\tdocker build -f \"$(E)\" .\n";
    assert_eq!(
        make(text),
        [
            "? `docker build` in target `x`:9: the Dockerfile depends on `$(D)` (context a)",
            "? `docker build` in target `x`:10: the Dockerfile depends on `$(E)` (context a)",
        ]
    );
}
