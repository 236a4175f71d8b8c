//! Which place wins, what is refused and in what words, and that no secret is shown.

use super::*;
use clap::Parser;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    _command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    Serve,
}

/// A kassa.toml of its own for each caller, gone when dropped.
struct File(PathBuf);

impl File {
    fn new(text: &str) -> File {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("kassa-options-{}-{count}.toml", std::process::id()));
        std::fs::write(&path, text).expect("the temporary directory is writable");
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn load(flags: &[&str], environment: &[(&str, &str)], file: &str) -> anyhow::Result<Config> {
    let file = File::new(file);
    let options = Cli::try_parse_from(["kassa", "serve"].iter().chain(flags))?.options;
    let look = |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
    Config::load_from(&options, &look, &file.0)
}

/// The error's text, after the path of the file was taken out of it.
fn refusal(flags: &[&str], environment: &[(&str, &str)], file: &str) -> String {
    match load(flags, environment, file) {
        Ok(_) => panic!("{flags:?} {environment:?} {file} was taken"),
        Err(error) => format!("{error:#}"),
    }
}

fn origin(config: &Config, name: &str) -> Origin {
    let shown = config.shown.iter().find(|shown| shown.name == name);
    shown.unwrap_or_else(|| panic!("{name} is not shown")).origin.clone()
}

#[test]
fn the_defaults_are_the_contracts() -> anyhow::Result<()> {
    let config = Config::load_from(&Options::default(), &|_| None, Path::new("no-such-file.toml"))?;
    assert_eq!(
        config.to_text(),
        "config = (none)  (default)\n\
         listen = 127.0.0.1:8080  (default)\n\
         data = ./kassa-data  (default)\n\
         database_url = (none)  (default)\n\
         database_connections = 16  (default)\n\
         public_url = http://127.0.0.1:8080  (default)\n\
         root_key_file = ./kassa-data/root.key  (default)\n\
         tls_cert = (none)  (default)\n\
         tls_key = (none)  (default)\n\
         test_limits = off  (default)\n\
         trusted_proxy = (none)  (default)\n\
         max_connections_per_address = 256  (default)\n\
         log_level = info  (default)\n\
         hosts = (none)  (default)\n"
    );
    assert!(config.is_default("data") && config.tls.is_none() && config.public_url.is_none());
    assert_eq!((config.listen.port(), config.log_level), (8080, Level::INFO));
    Ok(())
}

#[test]
fn flags_win_over_environment_over_file_over_default() -> anyhow::Result<()> {
    let file = "listen = '127.0.0.1:3'\ndata = 'file'\nlog_level = 'debug'\n";
    let environment = [("KASSA_LISTEN", "127.0.0.1:2"), ("KASSA_DATA", "environment")];
    let config = load(&["--listen", "127.0.0.1:1"], &environment, file)?;
    assert_eq!(config.listen.port(), 1);
    assert_eq!(config.data, Path::new("environment"));
    assert_eq!(config.log_level, Level::DEBUG);
    assert_eq!(origin(&config, "listen"), Origin::Flag);
    assert_eq!(origin(&config, "data").to_string(), "environment KASSA_DATA");
    assert!(origin(&config, "log_level").to_string().starts_with("file "));
    assert_eq!(origin(&config, "public_url"), Origin::Default);
    assert!(!config.is_default("data"));
    // The root key's default follows the data directory, wherever that came from.
    assert!(
        matches!(config.root_key, RootKeySource::File(path) if path == Path::new("environment/root.key"))
    );
    Ok(())
}

#[test]
fn an_empty_variable_counts_as_unset() -> anyhow::Result<()> {
    let config =
        load(&[], &[("KASSA_LISTEN", ""), ("KASSA_ROOT_KEY", ""), ("KASSA_CONFIG", "")], "data = 'd'")?;
    assert_eq!(origin(&config, "listen"), Origin::Default);
    assert_eq!(config.data, Path::new("d"));
    Ok(())
}

#[test]
fn flags_stand_before_or_after_the_command() -> anyhow::Result<()> {
    for line in [["kassa", "--data", "x", "serve"], ["kassa", "serve", "--data", "x"]] {
        assert_eq!(Cli::try_parse_from(line)?.options.data.as_deref(), Some("x"));
    }
    Ok(())
}

#[test]
fn a_named_file_must_exist_and_is_read_instead() -> anyhow::Result<()> {
    let named = File::new("data = 'named'");
    let path = named.0.display().to_string();
    let config = load(&["--config", &path], &[], "data = 'default'")?;
    assert_eq!(config.data, Path::new("named"));
    assert_eq!(origin(&config, "config"), Origin::Flag);
    let config = load(&[], &[("KASSA_CONFIG", &path)], "data = 'default'")?;
    assert_eq!(origin(&config, "data").to_string(), format!("file {path}"));
    let error = refusal(&["--config", "no-such.toml"], &[], "");
    assert!(error.contains("no-such.toml") && error.contains("--config"), "{error}");
    Ok(())
}

#[test]
fn an_error_names_the_place_and_the_way_out() {
    for (flags, environment, file, parts) in [
        (vec![], vec![], "listne = 'x'", ["unknown key `listne`", "did you mean `listen`"]),
        (vec![], vec![], "database-url = 'x'", ["unknown key `database-url`", "`database_url`"]),
        (vec![], vec![], "[servers]\n", ["unknown key `servers`", "The keys are listen"]),
        (vec![], vec![], "root_key = 'x'", ["root_key_file", "KASSA_ROOT_KEY"]),
        (vec![], vec![], "listen = 8080", ["listen in", "quotation marks"]),
        (vec![], vec![], "\ndatabase_url = postgres://u:hush@h", ["line 2", "not valid TOML"]),
        (vec!["--listen", "localhost"], vec![], "", ["--listen: `localhost`", "localhost:8080"]),
        (vec![], vec![("KASSA_LISTEN", "8080")], "", ["KASSA_LISTEN: `8080`", "[::]:8080"]),
        (vec!["--data", ""], vec![], "", ["--data is empty", "leave it out"]),
        (vec!["--trusted-proxy", "proxy"], vec![], "", ["--trusted-proxy: `proxy`", "10.0.0.0/8"]),
        (
            vec![],
            vec![("KASSA_TRUSTED_PROXY", "10.0.0.1/8")],
            "",
            ["KASSA_TRUSTED_PROXY:", "10.0.0.0/8 or 10.0.0.1/32"],
        ),
        (vec![], vec![], "trusted_proxy = ['::/0']", ["trusted_proxy in", "everybody"]),
        (vec![], vec![], "trusted_proxy = ['0.0.0.0/1']", ["trusted_proxy in", "everybody"]),
        (vec![], vec![], "trusted_proxy = ['8000::/1']", ["trusted_proxy in", "everybody"]),
        (vec![], vec![], "trusted_proxy = ['::ffff:0:0/96']", ["trusted_proxy in", "everybody"]),
        (vec![], vec![], "trusted_proxy = ['2000::/15']", ["trusted_proxy in", "everybody"]),
        (vec![], vec![], "trusted_proxy = [1]", ["trusted_proxy in", "quotation marks"]),
        (
            vec!["--max-connections-per-address", "0"],
            vec![],
            "",
            ["--max-connections-per-address:", "from 1 up"],
        ),
        (vec![], vec![("KASSA_LOG_LEVEL", "loud")], "", ["KASSA_LOG_LEVEL: `loud`", "trace"]),
        (vec!["--tls-cert", "c"], vec![], "", ["--tls-cert is set", "--tls-key FILE"]),
        (vec![], vec![("KASSA_TLS_KEY", "k")], "", ["KASSA_TLS_KEY is set", "--tls-cert FILE"]),
        (vec!["--public-url", "pay.example.com"], vec![], "", ["--public-url:", "https://pay.example.com"]),
        (vec!["--public-url", "ftp://a"], vec![], "", ["--public-url:", "neither http nor https"]),
        (vec!["--public-url", "https://a/?b"], vec![], "", ["--public-url:", "query"]),
        (vec!["--public-url", "https://a/#b"], vec![], "", ["--public-url:", "fragment"]),
        (vec!["--public-url", "https://u:hush@a"], vec![], "", ["--public-url:", "password"]),
        (vec!["--database-url", "mysql://u:hush@h/d"], vec![], "", ["--database-url:", "`mysql`"]),
        (vec!["--database-url", "host=h password=hush"], vec![], "", ["--database-url:", "postgres://"]),
        (vec![], vec![("KASSA_ROOT_KEY", "hush")], "", ["KASSA_ROOT_KEY:", "64 hex digits"]),
    ] {
        let error = refusal(&flags, &environment, file);
        for part in parts {
            assert!(error.contains(part), "{part} is not in: {error}");
        }
        assert!(!error.contains("hush"), "{error}");
    }
}

#[test]
fn the_root_key_has_one_place() -> anyhow::Result<()> {
    let hex = "0aB1".repeat(16);
    let config = load(&[], &[("KASSA_ROOT_KEY", &hex)], "root_key_file = 'f'")?;
    assert!(matches!(&config.root_key, RootKeySource::Environment(key)
        if RootKey::from_hex(&hex).is_ok_and(|same| key.matches(&same.check_value()))));
    assert!(!config.to_text().contains(&hex) && !config.to_json().to_string().contains(&hex));
    assert!(
        config.to_text().contains("root_key = ***  (environment KASSA_ROOT_KEY)"),
        "{}",
        config.to_text()
    );
    let config = load(&["--root-key", "flag"], &[("KASSA_ROOT_KEY", &hex)], "")?;
    assert!(matches!(config.root_key, RootKeySource::File(path) if path == Path::new("flag")));
    let in_file = format!("root_key_file = '{hex}'");
    let errors = [
        refusal(&["--root-key", &hex], &[], ""),
        refusal(&[], &[("KASSA_ROOT_KEY_FILE", &hex)], ""),
        refusal(&[], &[], &in_file),
    ];
    for error in errors {
        assert!(error.contains("a path is wanted") && !error.contains(&hex), "{error}");
    }
    let error = refusal(&[], &[("KASSA_ROOT_KEY", &hex), ("KASSA_ROOT_KEY_FILE", "f")], "");
    assert!(error.contains("KASSA_ROOT_KEY_FILE are both set") && !error.contains(&hex), "{error}");
    assert!(
        refusal(&[], &[("KASSA_ROOT_KEY", &"0".repeat(64))], "")
            .contains("KASSA_ROOT_KEY: the root key is one byte")
    );
    for wrong in [&hex[1..], &format!("{hex}0"), &format!("{}zz", &hex[2..])] {
        assert!(refusal(&[], &[("KASSA_ROOT_KEY", wrong)], "").contains("exactly 64 hex digits"));
    }
    Ok(())
}

#[test]
fn trusted_proxies_are_a_list_in_each_place() -> anyhow::Result<()> {
    let wanted = ["10.0.0.0/8", "192.0.2.7/32", "fd00::/8"];
    let flags =
        ["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "192.0.2.7", "--trusted-proxy", "fd00::/8"];
    for (flags, variable, file) in [
        (&flags[..], "", "trusted_proxy = ['1.2.3.4']"),
        (&[], "10.0.0.0/8, 192.0.2.7/32,fd00::/8", "trusted_proxy = ['1.2.3.4']"),
        (&[], "", "trusted_proxy = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8']"),
        (&[], "", "trusted_proxy = '10.0.0.0/8,192.0.2.7,fd00::/8'"),
    ] {
        let config = load(flags, &[("KASSA_TRUSTED_PROXY", variable)], file)?;
        assert_eq!(config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), wanted);
    }
    // They are compared with addresses of IPv4.
    let mapped = "trusted_proxy = ['::ffff:192.0.2.7', '::ffff:10.0.0.0/104']";
    let config = load(&[], &[], mapped)?;
    let read = config.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(read, ["192.0.2.7/32", "10.0.0.0/8"]);
    let config = load(&[], &[], "public_url = 'https://pay.example.com'\nmax_connections_per_address = 9")?;
    assert!(config.lacks_proxy() && config.connections_per_address == 9);
    assert!(!load(&flags[..2], &[], "public_url = 'https://pay.example.com'")?.lacks_proxy());
    assert!(!load(&[], &[], "public_url = 'http://pay.example.com'")?.lacks_proxy());
    Ok(())
}

#[test]
fn a_public_url_loses_its_trailing_slash() -> anyhow::Result<()> {
    for (given, kept) in [
        ("https://pay.example.com", "https://pay.example.com"),
        ("https://pay.example.com/", "https://pay.example.com"),
        ("http://127.0.0.1:8080/kassa/", "http://127.0.0.1:8080/kassa"),
    ] {
        let config = load(&["--public-url", given], &[], "")?;
        assert_eq!(config.public_url.as_deref(), Some(kept));
    }
    let config = load(&["--tls-cert", "c", "--tls-key", "k"], &[], "")?;
    assert!(config.to_text().contains("public_url = https://127.0.0.1:8080  (default)"));
    assert_eq!(config.tls, Some(("c".into(), "k".into())));
    let config = load(&["--listen", "[::1]:0"], &[], "")?;
    assert!(config.to_text().contains("public_url = (none)"));
    assert_eq!(public_url_of("[::1]:9".parse()?, false), "http://[::1]:9");
    Ok(())
}

#[test]
fn a_public_url_does_not_begin_as_an_address_of_our_own() -> anyhow::Result<()> {
    for path in ["docs", "c", "customer/", "assets/x", "checkout-com", "neopay/api", "livez", "openapi"] {
        let step = path.split('/').next().unwrap_or_default();
        let url = format!("https://pay.example.com:8443/{path}");
        let refused = load(&[], &[("KASSA_PUBLIC_URL", &url)], "").err().expect("it is refused").to_string();
        assert!(refused.starts_with("KASSA_PUBLIC_URL"), "{refused}");
        assert!(refused.contains(&format!("begins with /{step}, ")), "{refused}");
        assert!(refused.ends_with("such as https://pay.example.com:8443/pay"), "{refused}");
    }
    assert!(load(&["--public-url", "https://pay.example.com//evil.example"], &[], "").is_err());
    for path in ["pay", "pay/docs", "cc", "Docs", "checkout", "payments"] {
        let config = load(&["--public-url", &format!("https://pay.example.com/{path}")], &[], "")?;
        assert_eq!(config.public_url, Some(format!("https://pay.example.com/{path}")));
    }
    Ok(())
}

#[test]
fn a_database_password_is_never_shown() -> anyhow::Result<()> {
    for (given, masked) in [
        ("postgres://u@h/d", "postgres://u@h/d"),
        ("postgres://h/d?sslmode=require", "postgres://h/d?sslmode=require"),
        ("postgres://u:hush@h:5432/d", "postgres://u:***@h:5432/d"),
        ("postgresql://u:hu/sh?hush@hush@h/d", "postgresql://u:***@h/d"),
        ("postgres://u:@h", "postgres://u:***@h"),
        ("postgres://h/d?user=u&password=hush", "postgres://h/d?user=u&password=***"),
        ("postgres://h/d?p%61ssword=hush&hush", "postgres://h/d?p%61ssword=***&***"),
        ("postgres://u:hush@h1,h2/d?host=/var/run", "postgres://u:***@h1,h2/d?host=/var/run"),
    ] {
        let config = load(&["--database-url", given], &[], "")?;
        assert_eq!(config.database_url.as_deref(), Some(given), "the value itself is whole");
        assert!(
            config.to_text().contains(&format!("database_url = {masked}  (flag)")),
            "{}",
            config.to_text()
        );
        let json = config.to_json();
        assert_eq!(json["database_url"], serde_json::json!({ "value": masked, "origin": "flag" }));
    }
    Ok(())
}

#[test]
fn host_names_name_an_api_each() -> anyhow::Result<()> {
    let config =
        load(&[], &[], "[hosts]\n\"Pay.Example.com\" = \"neuro-pay\"\n\"neo.example.com\" = \"neopay\"")?;
    let named: Vec<_> = config.hosts.iter().map(|host| (host.name.as_str(), host.dialect.name)).collect();
    assert_eq!(named, [("pay.example.com", "neuro-pay"), ("neo.example.com", "neopay")]);
    assert!(
        config.to_text().contains("hosts = pay.example.com = neuro-pay, neo.example.com = neopay  (file ")
    );
    for (file, word) in [
        ("hosts = \"pay.example.com\"", "is not a table"),
        ("[hosts]\n\"pay.example.com\" = \"stripe\"", "names no API"),
        ("[hosts]\n\"https://pay.example.com\" = \"neopay\"", "is not a host name"),
        ("[hosts]\n\"pay.example.com:80\" = \"neopay\"", "is not a host name"),
        ("[hosts]\n\"a.example\" = \"neopay\"\n\"A.example\" = \"neopay\"", "twice"),
    ] {
        let refused = refusal(&[], &[], file);
        assert!(refused.contains(word), "{file}: {refused}");
    }
    Ok(())
}

#[test]
fn the_example_file_has_every_key_and_its_default() -> anyhow::Result<()> {
    let example = include_str!("../../../../kassa.example.toml");
    assert!(example.lines().all(|line| line.is_empty() || line.starts_with('#')), "everything is a comment");
    let is_key = |line: &&str| line.split_once(" = ").is_some_and(|(name, _)| !name.contains([' ', '"']));
    let keys: Vec<&str> = example.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_key).collect();
    let names: Vec<&str> = keys.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, sources::KEYS.map(|(name, _, _)| name));
    assert!(example.contains("# [hosts]"));
    let config = load(&[], &[], &keys.join("\n"))?;
    let default = load(&[], &[], "")?;
    assert_eq!(
        (config.listen, config.data, config.log_level),
        (default.listen, default.data, default.log_level)
    );
    let (RootKeySource::File(path), RootKeySource::File(wanted)) = (config.root_key, default.root_key) else {
        panic!("no key is in the environment");
    };
    assert_eq!(path, wanted);
    Ok(())
}
