//! What an image is built for, as a release says it: `linux/arm64`.

use aws_sdk_ecs::types::{CpuArchitecture, OsFamily, RuntimePlatform};
use deployment_core::{Error, Result};

/// What Docker and ECS call the two architectures. Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>.
const ARCHITECTURES: [(&str, CpuArchitecture); 4] = [
    ("AMD64", CpuArchitecture::X8664),
    ("X86_64", CpuArchitecture::X8664),
    ("ARM64", CpuArchitecture::Arm64),
    ("AARCH64", CpuArchitecture::Arm64),
];

/// An operating system of ECS and an architecture, in letters of any size, with Docker's names or ECS's.
pub(super) fn read(text: &str) -> Result<RuntimePlatform> {
    let wrong = || {
        let message = format!("platform is {text:?}; give linux/amd64, linux/arm64, or a family of Windows that ECS has with amd64");
        Error::invalid("release.settings", message)
    };
    let upper = text.to_ascii_uppercase();
    let (system, architecture) = upper.split_once('/').ok_or_else(wrong)?;
    let family = OsFamily::values().iter().find(|family| **family == system).map(|family| OsFamily::from(*family)).ok_or_else(wrong)?;
    let (_, architecture) = ARCHITECTURES.into_iter().find(|(name, _)| *name == architecture).ok_or_else(wrong)?;
    if family != OsFamily::Linux && architecture == CpuArchitecture::Arm64 {
        return Err(wrong());
    }
    Ok(RuntimePlatform::builder().operating_system_family(family).cpu_architecture(architecture).build())
}

/// As ECS names it: `LINUX/ARM64`.
pub(super) fn told(platform: &RuntimePlatform) -> String {
    let family = platform.operating_system_family().map_or("LINUX", OsFamily::as_str);
    format!("{family}/{}", platform.cpu_architecture().map_or("X86_64", CpuArchitecture::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_named_as_docker_or_ecs_name_it() {
        for (text, is) in [("linux/arm64", "LINUX/ARM64"), ("LINUX/X86_64", "LINUX/X86_64"), ("linux/amd64", "LINUX/X86_64")] {
            assert_eq!(told(&read(text).unwrap()), is);
        }
        assert_eq!(told(&read("windows_server_2022_core/amd64").unwrap()), "WINDOWS_SERVER_2022_CORE/X86_64");
        for text in ["", "linux", "arm64", "linux/mips", "plan9/amd64", "windows_server_2022_core/arm64", "linux/arm64/v8"] {
            let told = read(text).unwrap_err().to_string();
            assert!(told.contains("release.settings") && told.contains("linux/arm64"), "{told}");
        }
    }
}
