//! Reading a secret from where the configuration says it is. What was read is shown nowhere.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use graphbeat_base::{ExposeSecret, Secret, SecretBytes};

use graphbeat_core::{Said, said};

use crate::model::SecretRef;
use crate::problem::io_text;

/// The largest secret: a PKCS#12 file with a chain stays far below.
const SECRET_BYTES_MAX: usize = 256 * 1024;
/// How long a command may take to give a secret, a person's answer to its prompt included.
const COMMAND_SECONDS_MAX: u64 = 60;

/// How vault or keyring are asked for an entry: the error is their own, `None` is "not there".
pub type SecretLookup<'a> = dyn Fn(&str) -> Result<Option<Secret>, LookupFailure> + 'a;

/// Why vault or keyring cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub struct LookupFailure {
    /// What they say.
    pub said: String,
    /// What to do about it.
    pub hint: Said,
}

/// Where secrets are that a file or a command does not give.
#[derive(Clone, Copy)]
pub struct SecretSources<'a> {
    /// The process's environment.
    pub environment: &'a BTreeMap<String, String>,
    /// graphbeat's own vault.
    pub vault: &'a SecretLookup<'a>,
    /// The system's keyring.
    pub keyring: &'a SecretLookup<'a>,
}

impl<'a> SecretSources<'a> {
    /// Without a vault and a keyring.
    #[must_use]
    pub const fn plain(environment: &'a BTreeMap<String, String>) -> Self {
        Self { environment, vault: &nothing, keyring: &nothing }
    }
}

fn nothing(_: &str) -> Result<Option<Secret>, LookupFailure> {
    Ok(None)
}

/// Why a secret could not be had. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read.
    #[error("could not read the secret file `{}` ({})", path.display(), io_text(source))]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The variable is not set, or empty.
    #[error("the environment variable `{0}` is not set")]
    Variable(String),
    /// The command could not be started.
    #[error("could not start the command `{program}` ({})", io_text(source))]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The command failed.
    #[error("the command `{0}` failed")]
    Command(String),
    /// The command took too long.
    #[error("the command `{0}` gave no secret within {COMMAND_SECONDS_MAX} s")]
    Slow(String),
    /// The vault has no such entry.
    #[error("the vault holds no secret `{0}`")]
    NotInVault(String),
    /// The vault could not be read.
    #[error("could not read the vault: {0}")]
    Vault(LookupFailure),
    /// The keyring has no such entry.
    #[error("the keyring holds no secret `{0}` of `graphbeat`")]
    NotInKeyring(String),
    /// The keyring could not be read.
    #[error("could not read the keyring: {0}")]
    Keyring(LookupFailure),
    /// Nothing was in it.
    #[error("the secret of {0} is empty")]
    Empty(String),
    /// It is too large to be a secret.
    #[error("the secret of {0} is larger than {SECRET_BYTES_MAX} bytes")]
    TooLarge(String),
    /// It is no text, and has to be one.
    #[error("the secret of {0} is not UTF-8 text")]
    NotText(String),
}

impl SecretError {
    /// What is wrong, in every language.
    #[must_use]
    pub fn said(&self) -> Said {
        let zh_cn = match self {
            Self::File { path, source } => {
                format!("无法读取机密文件 `{}`（{}）", path.display(), io_text(source).zh_cn)
            }
            Self::Variable(name) => format!("环境变量 `{name}` 未设置"),
            Self::Start { program, source } => format!("无法启动命令 `{program}`（{}）", io_text(source).zh_cn),
            Self::Command(program) => format!("命令 `{program}` 失败"),
            Self::Slow(program) => format!("命令 `{program}` 在 {COMMAND_SECONDS_MAX} 秒内没有给出机密"),
            Self::NotInVault(name) => format!("保管库中没有机密 `{name}`"),
            Self::Vault(_) => "无法读取保管库".to_owned(),
            Self::NotInKeyring(name) => format!("系统钥匙串中没有 `graphbeat` 的机密 `{name}`"),
            Self::Keyring(_) => "无法读取系统钥匙串".to_owned(),
            Self::Empty(_) => "机密为空".to_owned(),
            Self::TooLarge(_) => format!("机密大于 {SECRET_BYTES_MAX} 字节"),
            Self::NotText(_) => "机密不是 UTF-8 文本".to_owned(),
        };
        Said { en: self.to_string(), zh_cn }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Said {
        match self {
            Self::File { .. } => said!(
                "create the file, or correct its name; a relative one starts at the configuration's",
                "请创建该文件，或更正其名称；相对路径从配置文件所在目录开始"
            ),
            Self::Variable(_) => {
                said!("set the variable where graphbeat is started", "请在启动 graphbeat 的环境中设置该变量")
            }
            Self::Start { .. } => said!(
                "a command is an array of a program and its arguments; no shell runs it",
                "命令是由程序及其参数组成的数组，不经过 shell"
            ),
            Self::Command(_) | Self::Slow(_) => {
                said!("run the command by hand and see what it says", "请手动运行该命令并查看输出")
            }
            Self::NotInVault(_) => said!(
                "correct the entry's name, or give the secret by `file`, `env` or `command`",
                "请更正条目名称，或用 `file`、`env`、`command` 提供机密"
            ),
            Self::NotInKeyring(_) => said!(
                "put it there with `graphbeat account sign-in`, or correct the entry's name",
                "请用 `graphbeat account sign-in` 存入，或更正条目名称"
            ),
            Self::Vault(failure) | Self::Keyring(failure) => failure.hint.clone(),
            Self::Empty(_) => said!("write the secret into it", "请把机密写入其中"),
            Self::TooLarge(_) => said!(
                "name the secret alone, not a file that holds it among other things",
                "请只指明机密本身，而不是含有其他内容的文件"
            ),
            Self::NotText(_) => said!("store the secret as plain text", "请以纯文本保存机密"),
        }
    }
}

impl SecretRef {
    /// Where it is, as an error names it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::File(path) => format!("the file `{}`", path.display()),
            Self::Env(name) => format!("the environment variable `{name}`"),
            Self::Command { arguments, .. } => format!("the command `{}`", program(arguments)),
            Self::Vault(name) => format!("the vault's entry `{name}`"),
            Self::Keyring(name) => format!("the keyring's entry `{name}`"),
        }
    }
}

/// The secret as text, without the line break at its end.
///
/// Blocks: it reads files and waits for commands.
///
/// # Errors
/// [`SecretError`] where there is none, an empty one, or one that is no text.
pub fn resolve_secret(secret: &SecretRef, sources: &SecretSources<'_>) -> Result<Secret, SecretError> {
    let bytes = resolve_secret_bytes(secret, sources)?;
    let text = std::str::from_utf8(bytes.expose_secret()).map_err(|_| SecretError::NotText(secret.shown()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(SecretError::Empty(secret.shown())) } else { Ok(Secret::from(text)) }
}

/// The secret as the bytes that it is stored in, such as a PKCS#12 file.
///
/// Blocks: it reads files and waits for commands.
///
/// # Errors
/// [`SecretError`] where there is none, or an empty one.
pub fn resolve_secret_bytes(secret: &SecretRef, sources: &SecretSources<'_>) -> Result<SecretBytes, SecretError> {
    let bytes = match secret {
        SecretRef::File(path) => read_file(path)?,
        SecretRef::Env(name) => match crate::environment::set(sources.environment, name) {
            Some(value) => value.as_bytes().to_vec(),
            None => return Err(SecretError::Variable(name.clone())),
        },
        SecretRef::Command { arguments, directory } => run_command(arguments, directory)?,
        SecretRef::Vault(name) => match (sources.vault)(name).map_err(SecretError::Vault)? {
            Some(value) => value.expose_secret().as_bytes().to_vec(),
            None => return Err(SecretError::NotInVault(name.clone())),
        },
        SecretRef::Keyring(name) => match (sources.keyring)(name).map_err(SecretError::Keyring)? {
            Some(value) => value.expose_secret().as_bytes().to_vec(),
            None => return Err(SecretError::NotInKeyring(name.clone())),
        },
    };
    match bytes.len() {
        0 => Err(SecretError::Empty(secret.shown())),
        1..=SECRET_BYTES_MAX => Ok(SecretBytes::from(bytes)),
        _ => Err(SecretError::TooLarge(secret.shown())),
    }
}

fn read_file(path: &PathBuf) -> Result<Vec<u8>, SecretError> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read().map_err(|source| SecretError::File { path: path.clone(), source })
}

/// Runs a command without a shell and reads what it prints, bounded in size and time.
fn run_command(arguments: &[String], directory: &PathBuf) -> Result<Vec<u8>, SecretError> {
    let name = program(arguments).to_owned();
    let start = |source| SecretError::Start { program: name.clone(), source };
    let mut child = Command::new(&name)
        .args(arguments.iter().skip(1))
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(start)?;
    let Some(output) = child.stdout.take() else { return Err(SecretError::Command(name)) };
    let (send, receive) = mpsc::sync_channel(1);
    // Not joined when time is over: a grandchild may hold the pipe open for as long as it likes.
    std::thread::Builder::new()
        .name("secret-command".to_owned())
        .spawn(move || {
            let mut bytes = Vec::new();
            let read = output.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
            let _ = send.send(read.map(|_| bytes));
        })
        .map_err(start)?;
    let answer = receive.recv_timeout(Duration::from_secs(COMMAND_SECONDS_MAX));
    let too_large = matches!(&answer, Ok(Ok(bytes)) if bytes.len() > SECRET_BYTES_MAX);
    if answer.is_err() || too_large {
        // It may have ended by itself in between.
        let _ = child.kill();
    }
    let status = child.wait().map_err(start)?;
    match answer {
        Err(_) => Err(SecretError::Slow(name)),
        Ok(Ok(bytes)) if status.success() || too_large => Ok(bytes),
        Ok(_) => Err(SecretError::Command(name)),
    }
}

fn program(arguments: &[String]) -> &str {
    arguments.first().map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn resolve(secret: &SecretRef) -> Result<String, String> {
        let environment = BTreeMap::from([("APP_SECRET".to_owned(), "from-env".to_owned())]);
        let vault = |name: &str| Ok((name == "app").then(|| Secret::from("from-vault")));
        let keyring = |name: &str| match name {
            "locked" => Err(LookupFailure { said: "it is locked".to_owned(), hint: said!("unlock it", "请解锁") }),
            name => Ok((name == "app").then(|| Secret::from("from-keyring"))),
        };
        resolve_secret(secret, &SecretSources { environment: &environment, vault: &vault, keyring: &keyring })
            .map(|secret| secret.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    fn command(arguments: &[&str]) -> SecretRef {
        SecretRef::Command {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            directory: PathBuf::from("/"),
        }
    }

    #[test]
    fn a_secret_comes_from_each_of_its_sources_without_its_line_break() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("secret.txt");
        std::fs::write(&file, "from-file\r\n").expect("a file");
        assert_eq!(resolve(&SecretRef::File(file)), Ok("from-file".to_owned()));
        assert_eq!(resolve(&SecretRef::Env("APP_SECRET".into())), Ok("from-env".to_owned()));
        assert_eq!(resolve(&SecretRef::Vault("app".into())), Ok("from-vault".to_owned()));
        assert_eq!(resolve(&SecretRef::Keyring("app".into())), Ok("from-keyring".to_owned()));
        assert_eq!(resolve(&command(&["echo", "from command; no shell"])), Ok("from command; no shell".to_owned()));
    }

    #[test]
    fn what_gives_no_secret_says_why() {
        let directory = tempfile::tempdir().expect("a directory");
        let empty = directory.path().join("empty.txt");
        std::fs::write(&empty, "\n").expect("a file");
        let large = directory.path().join("large.txt");
        std::fs::write(&large, vec![b'x'; SECRET_BYTES_MAX + 1]).expect("a file");
        let secrets = [
            SecretRef::File(directory.path().join("none.txt")),
            SecretRef::File(directory.path().to_owned()),
            SecretRef::File(empty),
            SecretRef::File(large),
            SecretRef::Env("NOT_SET".into()),
            SecretRef::Vault("none".into()),
            SecretRef::Keyring("none".into()),
            SecretRef::Keyring("locked".into()),
            command(&["false"]),
            command(&["no-such-program-anywhere"]),
        ];
        let said: Vec<String> = secrets.iter().map(|secret| resolve(secret).expect_err("no secret")).collect();
        let said = said.join("\n").replace(&directory.path().display().to_string(), "DIR");
        expect![[r#"
            could not read the secret file `DIR/none.txt` (it does not exist)
            could not read the secret file `DIR` (it is a directory)
            the secret of the file `DIR/empty.txt` is empty
            the secret of the file `DIR/large.txt` is larger than 262144 bytes
            the environment variable `NOT_SET` is not set
            the vault holds no secret `none`
            the keyring holds no secret `none` of `graphbeat`
            could not read the keyring: it is locked
            the command `false` failed
            could not start the command `no-such-program-anywhere` (it does not exist)"#]]
        .assert_eq(&said);
    }

    #[test]
    fn bytes_stay_as_they_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("app.pfx");
        std::fs::write(&file, [0xff, 0x00, b'\n']).expect("a file");
        let secret = SecretRef::File(file);
        let bytes = resolve_secret_bytes(&secret, &SecretSources::plain(&BTreeMap::new())).expect("bytes");
        assert_eq!(bytes.expose_secret(), [0xff, 0x00, b'\n']);
        let text = resolve_secret(&secret, &SecretSources::plain(&BTreeMap::new()));
        assert!(matches!(text, Err(SecretError::NotText(_))), "{text:?}");
    }
}
