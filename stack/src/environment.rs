//! Settings in the environment: a misspelt one is refused rather than ignored.

use std::ffi::OsString;

use clap::Command;

const PREFIX: &str = "S4S_";

/// Refuses a variable that begins like ours but is none of ours.
pub fn refuse_unknown(
    program: &Command,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<(), String> {
    let known = known(program);
    for (name, _) in variables {
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && !known.iter().any(|known| *known == name) {
            return Err(format!(
                "unknown setting {name} in the environment; known are {}",
                known.join(", ")
            ));
        }
    }
    Ok(())
}

/// Every variable that some argument of some command reads.
fn known(program: &Command) -> Vec<String> {
    let mut names: Vec<String> = program
        .get_subcommands()
        .chain([program])
        .flat_map(Command::get_arguments)
        .filter_map(clap::Arg::get_env)
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::command::Program;

    fn check(name: &str) -> Result<(), String> {
        let variables = [(OsString::from(name), OsString::from("1"))];
        refuse_unknown(&Program::command(), variables.into_iter())
    }

    #[test]
    fn settings_of_any_command_are_known_and_misspelt_ones_are_not() {
        for name in [
            "S4S_FHIR_PORT",
            "S4S_AUTHZ_PORT",
            "S4S_DATA",
            "S4S_EPHEMERAL",
            "S4S_PATIENTS",
            "PATH",
        ] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        assert!(
            check("S4S_FHIR_PROT")
                .unwrap_err()
                .contains("S4S_FHIR_PORT")
        );
    }
}
