//! Measures binaurald beside other renderers, on the same scene in one run.

mod ears;
mod measure;
mod peer;
mod peers;
mod scene;

use std::process::ExitCode;
use std::time::Duration;

use measure::{Plan, measure};
use peers::{Kind, Workshop};

fn main() -> ExitCode {
    match quick() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn quick() -> Result<(), String> {
    let workshop = Workshop::new()?;
    println!("OpenAL: {}", workshop.open_al_version());
    let mut kinds = Vec::new();
    for kind in Kind::QUICK {
        match ears::check(&workshop, kind) {
            Ok(_) => kinds.push(kind),
            Err(reason) => println!("{kind} is left out: {reason}"),
        }
    }
    let plan = Plan {
        turns: 5,
        time: Duration::from_millis(200),
    };
    let courses = measure(&workshop, &kinds, &[(64, 256)], plan, |_| ())?;
    println!("ns per source and frame, 64 sources, blocks of 256");
    for course in &courses {
        println!("{:20} {:8.2}", course.kind, course.nanos());
    }
    Ok(())
}
