// SPDX-FileCopyrightText: The cleave authors
// SPDX-License-Identifier: Apache-2.0

pub fn answer() -> u32 {
    42
}

pub fn shown<T: std::fmt::Debug>(value: T) -> String {
    format!("{:?} from {}", value, file!())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_answers() {
        assert_eq!(super::answer(), 42);
    }
}
