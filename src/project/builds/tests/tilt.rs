use super::told;

fn tilt(text: &str) -> Vec<String> {
    told(&[("t/Tiltfile", text)])
}

#[test]
fn calls_with_literal_arguments() {
    let text = "load('ext://restart_process', 'docker_build_with_restart')\n# docker_build('no', '.')\ndocker_build('me/a', '.')\ndocker_build(\n    \"me/b\",\n    context='./b',\n    dockerfile='docker/b.Dockerfile',\n    target='dev',  # dev\n    build_args={'A': '1', \"B\": os.getenv('B')},\n    only=['./src'],\n    live_update=[sync('./b', '/b'), run(\"x\", trigger=['y'])],\n)\ndocker_build_with_restart('me/c', 'c', entrypoint=['/c'])\nprint(\"docker_build('x', 'y')\")\n";
    assert_eq!(
        tilt(text),
        [
            "image `me/a`:3: t/Dockerfile in t, as me/a",
            "image `me/b`, with some files of its context:4: t/docker/b.Dockerfile in t/b, target dev, A=1, B?, as me/b",
            "image `me/c`:13: t/c/Dockerfile in t/c, as me/c",
        ]
    );
}

#[test]
fn constants_are_known_and_all_else_is_unclear() {
    let text = "D = 'b'\nE = 'x'\nif a:\n    E = 'y'\ndef f(d):\n    docker_build('m', d)\ndocker_build('a', './' + D)\ndocker_build('b', E)\ndocker_build('c', 'x', target='{}'.format(y))\ndocker_build(*args)\ndocker_build('e', '.', dockerfile_contents='FROM x')\n";
    assert_eq!(
        tilt(text),
        [
            "? image `m`:6: the context depends on `d`",
            "image `a`:7: t/b/Dockerfile in t/b, as a",
            "? image `b`:8: the context depends on `E`",
            "? image `c`:9: the target depends on `{}.format(y)` (Dockerfile t/x/Dockerfile) (context t/x)",
            "? `docker_build`:10: its arguments are not literal",
            "? image `e`:11: its Dockerfile is written in the Tiltfile (context t)",
        ]
    );
}
