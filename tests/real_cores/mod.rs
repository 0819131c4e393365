//! Real cores, made on the spot, as other tools read them: gdb, eu-stack and pystack must name the same functions in the
//! same order, and where they do not, a rule here says why.

/// A test with the Python of each series, or of some, that pyenv has: `check(&program, &version)`.
macro_rules! with_pythons {
    ($check:path; $($test:ident: $series:literal;)*) => {
        $(
            #[test]
            fn $test() {
                if let Some((program, version)) = $crate::real_cores::pythons::of_pyenv($series) {
                    $check(&program, &version);
                }
            }
        )*
    };
    ($check:path, and of Debian) => {
        $crate::real_cores::with_pythons!($check);

        #[test]
        fn python_of_debian() {
            if let Some((program, version)) = $crate::real_cores::pythons::of_debian() {
                $check(&program, &version);
            }
        }
    };
    ($check:path) => {
        $crate::real_cores::with_pythons! {
            $check;
            python_2_7: "2.7";
            python_3_6: "3.6";
            python_3_7: "3.7";
            python_3_8: "3.8";
            python_3_9: "3.9";
            python_3_10: "3.10";
            python_3_11: "3.11";
            python_3_12: "3.12";
            python_3_13: "3.13";
        }
    };
}

pub(crate) use with_pythons;

mod aarch64;
mod agreement;
mod arguments;
mod calls;
mod compiled;
mod debug_files;
mod findings;
mod frames;
mod greenlets;
mod interpreter;
mod languages;
mod python_frames;
pub(crate) mod pythons;
mod rows;
mod sections;
mod stripped;
mod tasks;
mod tools;
mod values;
