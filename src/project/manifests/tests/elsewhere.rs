//! Ruby, PHP, Elixir, and what is only looked through.

use super::{defaults, told};

#[test]
fn a_gemfile_names_folders_and_other_files() {
    let text = "source \"https://rubygems.org\"\nruby \"3.3.0\"\ngemspec\ngem \"rails\", \"~> 7.1\", \">= 7.1.2\"\ngem 'engine', path: 'engines/engine'\ngroup :development, :test do\n  gem \"debug\", platforms: %i[ mri ]\nend\ngem 'puma'\npath 'components' do\n  gem 'shop'\nend\neval_gemfile 'Gemfile.local'\neval_gemfile File.join(x)\n";
    assert_eq!(
        told("Gemfile", text),
        [
            "2: ruby 3.3.0",
            "4: needs rails ~> 7.1, >= 7.1.2",
            "5: needs engine",
            "7: needs debug in development",
            "9: needs puma",
            "11: needs shop",
            "3: manifest *.gemspec",
            "5: package engines/engine",
            "10: package components",
            "13: manifest Gemfile.local",
            "5: content engines/engine",
            "13: content Gemfile.local",
            "? line 14: another Gemfile is read, and which is not known",
        ]
    );
    assert_eq!(told("Gemfile", "ruby file: '.ruby-version'\n")[0], "1: manifest .ruby-version");
    let text = "require_relative 'lib/shop/version'\nGem::Specification.new do |spec|\n  spec.name = 'shop'\n  spec.version = Shop::VERSION\n  spec.required_ruby_version = '>= 3.1'\n  spec.files = `git ls-files -z`.split(\"\\x0\")\n  spec.extra_rdoc_files = ['README.md']\n  spec.add_dependency 'rack', '~> 3'\nend\n";
    assert_eq!(
        told("shop.gemspec", text),
        [
            "name shop",
            "5: ruby >= 3.1",
            "8: needs rack ~> 3",
            "6: git git",
            "1: content lib/shop/version.rb",
            "1: content lib/shop/version",
            "7: content README.md",
        ]
    );
}

#[test]
fn composer_has_its_own_folders() {
    let text = r#"{
  "name": "acme/shop",
  "require": { "php": ">=8.2", "ext-json": "*", "symfony/console": "^7" },
  "require-dev": { "phpunit/phpunit": "^11" },
  "autoload": { "psr-4": { "App\\": "src/" }, "files": ["helpers.php"] },
  "repositories": [{ "type": "path", "url": "../packages/*" }, { "type": "composer", "url": "https://x.y" }],
  "config": { "vendor-dir": "lib/vendor" },
  "scripts": { "post-install-cmd": ["@php artisan x", "git describe"] },
  "bin": ["bin/shop"],
  "extra": { "patches": { "a/b": { "why": "patches/x.patch" } } }
}"#;
    assert_eq!(
        told("composer.json", text),
        [
            "name acme/shop",
            "3: php >=8.2",
            "3: ext-json *",
            "3: needs symfony/console ^7",
            "4: needs phpunit/phpunit ^11 in development",
            "8: runs post-install-cmd: @php artisan x",
            "8: runs post-install-cmd: git describe",
            "8: git post-install-cmd",
            "7: fills lib/vendor (dependencies)",
            "5: content src",
            "5: content helpers.php",
            "9: entry bin/shop",
            "6: package ../packages/*",
            "10: content patches/x.patch",
        ]
    );
    assert_eq!(defaults("composer.json", "{}"), ["vendor"]);
}

#[test]
fn mix_is_read_where_it_is_literal() {
    let text = "defmodule Shop.MixProject do\n  def project do\n    [app: :shop, version: \"0.1.0\", elixir: \"~> 1.16\",\n     build_path: \"../_build\", deps: deps()]\n  end\n  defp deps do\n    [{:phoenix, \"~> 1.7\"},\n     {:core, path: \"../core\"},\n     {:credo, \"~> 1.7\", only: [:dev, :test]},\n     {:ok, x}]\n  end\n  defp rev, do: System.cmd(\"git\", [\"rev-parse\"])\nend\n";
    assert_eq!(
        told("mix.exs", text),
        [
            "name shop",
            "version 0.1.0",
            "3: elixir ~> 1.16",
            "7: needs phoenix ~> 1.7",
            "8: needs core",
            "9: needs credo ~> 1.7 in development",
            "12: git git",
            "4: fills ../_build (build)",
            "8: package ../core",
            "4: content ../_build",
            "8: content ../core",
        ]
    );
}

#[test]
fn of_native_builds_only_git_is_seen() {
    assert_eq!(told("CMakeLists.txt", "# git\nfind_package(Git)\nset(A b)\n"), ["2: git git"]);
    assert_eq!(told("Makefile", "V := $(shell git describe)\nx:\n\techo digit\n"), ["1: git git"]);
}
