//! `man`, and the pages of the manual: made of the same definitions as the help.

use std::io;
use std::path::PathBuf;

use clap::{Arg, Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::{command, settings};

/// The section of the manual: commands.
const SECTION: &str = "1";

/// What every command ends with.
const EXIT_STATUS: [(&str, &str); 3] = [
    ("0", "It has done what it was told."),
    (
        "1",
        "Something failed while it ran: the last line on standard error says what.",
    ),
    (
        "2",
        "The command line, the configuration or an input file cannot be used; neither a port nor a \
         device was opened.",
    ),
];

/// Files that a command looks at by itself, or that stand beside it: the words of the command (none:
/// all), the file, and what it is.
const FILES: [(&[&str], &str, &str); 3] = [
    (
        &["run"],
        "~/.config/binaurald/binaurald.toml",
        "What the user unit binaurald.service of systemd gives to --config.",
    ),
    (
        &["serve"],
        "/etc/binaurald/binaurald.toml",
        "What the system unit binaurald-serve.service of systemd gives to --config.",
    ),
    (
        &[],
        "/usr/share/doc/binaurald/examples/binaurald.example.toml",
        "Every option of every command with its default, where the Debian package is installed.",
    ),
];

/// Commands that tell systemd how they are.
const SERVICES: [&[&str]; 2] = [&["run"], &["serve"]];

/// Commands that go on until they are ended, or for long, and end well when the terminal is closed.
const OF_A_TERMINAL: [&[&str]; 5] = [
    &["demo"],
    &["render"],
    &["status"],
    &["position", "watch"],
    &["bench"],
];

/// What signals do: the words of the commands, the signals, and what comes of them.
const SIGNALS: [(&[&[&str]], &str, &str); 4] = [
    (
        &SERVICES,
        "SIGINT, SIGTERM",
        "It ends well: what plays fades out, files are completed, calls in flight get their \
         answers. A second one ends it at once.",
    ),
    (
        &[&["run"]],
        "SIGHUP",
        "It reads its configuration again, and the files that this names. What differs is applied \
         while it plays, as far as that needs no restart; when anything cannot be used, all goes on \
         as before. The log says which.",
    ),
    (
        &[&["serve"]],
        "SIGHUP",
        "It goes on, and says that there is nothing to reload.",
    ),
    (
        &OF_A_TERMINAL,
        "SIGHUP",
        "It ends as by Ctrl-C: the terminal was closed. Started by nohup, it goes on.",
    ),
];

/// `binaurald man`
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Directory to write them to; it is made when it is not there.
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

/// A page of the manual.
#[derive(Clone, Debug)]
pub struct Page {
    /// The name of its file: `binaurald-run.1`.
    pub file: String,
    /// It, as `man` reads it.
    pub text: String,
}

/// One page for each command that the help shows.
///
/// # Errors
/// None that can happen: the pages are made in memory.
pub fn pages() -> io::Result<Vec<Page>> {
    let mut root = command::shown().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    add(&root, &[], &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, words: &[&str], pages: &mut Vec<Page>) -> io::Result<()> {
    pages.push(page(command, words)?);
    for inner in command.get_subcommands() {
        add(inner, &[words, &[inner.get_name()]].concat(), pages)?;
    }
    Ok(())
}

fn page(command: &Command, words: &[&str]) -> io::Result<Page> {
    let name = name(words);
    // In short, as the help has it: the options follow, each with its meaning.
    let usage = command.clone().render_usage().to_string();
    let man = Man::new(
        command
            .clone()
            .override_usage(usage.replace("Usage: ", ""))
            .subcommand_help_heading("COMMANDS"),
    )
    .section(SECTION);
    let mut text = title(&name).into_bytes();
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    rest(command, words).to_writer(&mut text)?;
    Ok(Page {
        file: format!("{name}.{SECTION}"),
        // The marks of code in the help.
        text: String::from_utf8_lossy(&text).replace('`', ""),
    })
}

/// The first line of a page, without a date; and that names are not hyphenated.
fn title(name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let upper = name.to_uppercase();
    format!(".TH \"{upper}\" \"{SECTION}\" \"\" \"binaurald {version}\" \"binaurald\"\n.nh\n")
}

/// The sections that are not of the help.
fn rest(command: &Command, words: &[&str]) -> Roff {
    let mut page = Roff::new();
    if let Some(notes) = command.get_after_long_help() {
        page.control("SH", ["NOTES"]);
        for paragraph in notes.to_string().split("\n\n") {
            page.control("PP", []);
            page.text([roman(paragraph.replace('\n', " "))]);
        }
    }
    let files = FILES
        .iter()
        .filter(|(of, ..)| of.is_empty() || *of == words);
    let files = files.map(|(_, file, about)| (*file, (*about).to_owned()));
    section(&mut page, "ENVIRONMENT", environment(command, words));
    section(&mut page, "FILES", files);
    let mut signals = SIGNALS
        .iter()
        .filter(|(of, ..)| of.contains(&words))
        .map(|(_, signal, about)| (*signal, (*about).to_owned()))
        .peekable();
    if signals.peek().is_some() {
        section(&mut page, "SIGNALS", signals);
    }
    let statuses = EXIT_STATUS.map(|(status, about)| (status, about.to_owned()));
    section(&mut page, "EXIT STATUS", statuses);
    page.control("SH", ["SEE ALSO"]);
    page.text(see_also(command, words));
    page
}

/// Terms and what they are.
fn section<T: Into<String>>(
    page: &mut Roff,
    heading: &str,
    terms: impl IntoIterator<Item = (T, String)>,
) {
    page.control("SH", [heading]);
    for (term, about) in terms {
        page.control("TP", []);
        page.text([bold(term)]);
        page.text([roman(about)]);
    }
}

/// The variables that a command reads.
fn environment(command: &Command, words: &[&str]) -> Vec<(String, String)> {
    let owned: Vec<String> = words.iter().map(ToString::to_string).collect();
    let is_own = |arg: &&Arg| !arg.is_global_set() && !arg.is_hide_set();
    let mut options = command.get_arguments().filter(is_own);
    let option = options.find_map(|arg| {
        arg.get_long().filter(|key| {
            !["help", "version"].contains(key) && !settings::is_typed_only(&owned, key)
        })
    });
    let mut variables = vec![(
        "BINAURALD_CONFIG".to_owned(),
        "The file that --config names, when it does not.".to_owned(),
    )];
    if let Some(option) = option {
        let table = words.join(".");
        variables.push((
            settings::variable(&owned, option),
            format!(
                "--{option}, when it is not typed; in the same way every other option. A variable \
                 wins over the table [{table}] of the file, and what is typed wins over both."
            ),
        ));
    }
    if SERVICES.contains(&words) {
        variables.push((
            "NOTIFY_SOCKET, WATCHDOG_USEC".to_owned(),
            "Set by systemd, which is told when the process is ready, what it does and that it \
             lives."
                .to_owned(),
        ));
    }
    variables
}

/// The pages above this one, and beside it.
fn see_also(command: &Command, words: &[&str]) -> Vec<Inline> {
    let above = (0..words.len()).map(|length| name(&words[..length]));
    let below = command.get_subcommands();
    let below = below.map(|inner| name(&[words, &[inner.get_name()]].concat()));
    let mut names: Vec<String> = above.chain(below).collect();
    if SERVICES.contains(&words) {
        names.extend(["systemctl".to_owned(), "journalctl".to_owned()]);
    }
    let mut line = Vec::new();
    for name in names {
        if !line.is_empty() {
            line.push(roman(", "));
        }
        line.extend([bold(name), roman(format!("({SECTION})"))]);
    }
    line
}

/// The name of a command's page: `binaurald-run`.
fn name(words: &[&str]) -> String {
    [&["binaurald"], words].concat().join("-")
}
