//! Values with more than one spelling.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use toml::Spanned;

/// A number of bytes: an integer, or a number with the unit K, M, G (also KiB, MiB, GiB).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// As an integer.
    Number(u64),
    /// As text, which [`Bytes::get`] reads.
    Text(String),
}

impl Bytes {
    /// The number of bytes; `None` where the text is no size or too large.
    pub fn get(&self) -> Option<u64> {
        let text = match self {
            Self::Number(number) => return Some(*number),
            Self::Text(text) => text.trim(),
        };
        let (digits, radix) = text.strip_prefix("0x").map_or((text, 10), |digits| (digits, 16));
        let end =
            digits.find(|letter: char| !letter.is_digit(radix) && letter != '_').unwrap_or(digits.len());
        let (number, unit) = digits.split_at(end);
        let shift = match unit.trim() {
            "" | "B" => 0,
            "K" | "KiB" => 10,
            "M" | "MiB" => 20,
            "G" | "GiB" => 30,
            _ => return None,
        };
        u64::from_str_radix(&number.replace('_', ""), radix).ok()?.checked_mul(1 << shift)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl Visitor<'_> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"256M\" or a number of bytes")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Bytes, E> {
                u64::try_from(number)
                    .map(Bytes::Number)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                Ok(Bytes::Text(text.to_owned()))
            }
        }
        deserializer.deserialize_any(BytesVisitor)
    }
}

impl JsonSchema for Bytes {
    fn schema_name() -> Cow<'static, str> {
        "Bytes".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a number of bytes, or a text with a unit, such as \"256M\"",
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "pattern": "^(0x[0-9a-fA-F_]+|[0-9_]+) ?(B|K|M|G|KiB|MiB|GiB)?$" }
            ]
        })
    }
}

/// A zone's memory.
#[derive(Clone, Debug)]
pub enum Memory {
    /// So much, anywhere.
    Total(Bytes),
    /// In pieces.
    Pieces(Vec<Spanned<super::Piece>>),
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MemoryVisitor;
        impl<'de> Visitor<'de> for MemoryVisitor {
            type Value = Memory;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"256M\" or a list of { size, at, ipa }")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Memory, E> {
                let number = u64::try_from(number);
                number
                    .map(|number| Memory::Total(Bytes::Number(number)))
                    .map_err(|_| E::custom("a negative size"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Memory, E> {
                Ok(Memory::Total(Bytes::Text(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, pieces: A) -> Result<Memory, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(pieces)).map(Memory::Pieces)
            }
        }
        deserializer.deserialize_any(MemoryVisitor)
    }
}

impl JsonSchema for Memory {
    fn schema_name() -> Cow<'static, str> {
        "Memory".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let total = generator.subschema_for::<Bytes>();
        let pieces = generator.subschema_for::<Vec<super::Piece>>();
        json_schema!({ "anyOf": [total, pieces] })
    }
}

/// A device: its name alone, or a table that says more.
#[derive(Clone, Debug)]
pub struct Device(pub super::DeviceTable);

impl<'de> Deserialize<'de> for Device {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DeviceVisitor;
        impl<'de> Visitor<'de> for DeviceVisitor {
            type Value = Device;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a device's path or alias, or a table such as { path, dma } or { compatible }")
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<Device, E> {
                let path = Some(path.to_owned());
                Ok(Device(super::DeviceTable { path, ..super::DeviceTable::default() }))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Device, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(table)).map(Device)
            }
        }
        deserializer.deserialize_any(DeviceVisitor)
    }
}

impl JsonSchema for Device {
    fn schema_name() -> Cow<'static, str> {
        "Device".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<super::DeviceTable>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}

/// A peer of a channel: the zone's name alone, or a table that says more.
#[derive(Clone, Debug)]
pub struct Peer(pub super::PeerTable);

impl<'de> Deserialize<'de> for Peer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PeerVisitor;
        impl<'de> Visitor<'de> for PeerVisitor {
            type Value = Peer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a zone's name, or a table { zone, control_table_ipa, shared_mem_ipa, interrupt_num }",
                )
            }

            fn visit_str<E: de::Error>(self, zone: &str) -> Result<Peer, E> {
                Ok(Peer(super::PeerTable {
                    zone: zone.to_owned(),
                    control_table_ipa: None,
                    shared_mem_ipa: None,
                    interrupt_num: None,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Peer, A::Error> {
                Deserialize::deserialize(MapAccessDeserializer::new(table)).map(Peer)
            }
        }
        deserializer.deserialize_any(PeerVisitor)
    }
}

impl JsonSchema for Peer {
    fn schema_name() -> Cow<'static, str> {
        "Peer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<super::PeerTable>();
        json_schema!({ "anyOf": [{ "type": "string" }, table] })
    }
}

/// One table, or a list of them.
#[derive(Clone, Debug)]
pub struct Several<T>(pub Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SeveralVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for SeveralVisitor<T> {
            type Value = Several<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table or a list of tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(table)).map(|one| Several(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Deserialize::deserialize(SeqAccessDeserializer::new(list)).map(Several)
            }
        }
        deserializer.deserialize_any(SeveralVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Several<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("Several{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        let list = generator.subschema_for::<Vec<T>>();
        json_schema!({ "anyOf": [one, list] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        Bytes::Text(text.to_owned()).get()
    }

    #[test]
    fn units_are_powers_of_1024() {
        assert_eq!(read("256M"), Some(256 << 20));
        assert_eq!(read("1 GiB"), Some(1 << 30));
        assert_eq!(read("64K"), Some(65536));
        assert_eq!(read("0x1000"), Some(4096));
        assert_eq!(read("1_024"), Some(1024));
    }

    #[test]
    fn other_texts_are_no_sizes() {
        for text in ["", "M", "12X", "-1M", "1.5G", "99999999999G", "0x"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
