"""A client that knows nothing of Sunbeon: confluent-kafka with its Avro deserializer.

read <brokers> <registry> <topic> <count>   prints so many records, one JSON document a line
send <brokers> <topic> <json>               writes a plain JSON value without headers; prints partition, offset and timestamp
"""

import json
import sys
import uuid
import warnings

warnings.simplefilter("ignore")  # of the registry client's own dependencies

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TIMEOUT_SECONDS = 20


def read(brokers, registry, topic, count):
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": str(uuid.uuid4()), "auto.offset.reset": "earliest", "enable.auto.commit": False}
    )
    consumer.subscribe([topic])
    for _ in range(int(count)):
        message = consumer.poll(TIMEOUT_SECONDS)
        if message is None:
            sys.exit(f"{topic}: no record within {TIMEOUT_SECONDS} s")
        if message.error():
            sys.exit(str(message.error()))
        value = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
        headers = {name: value.decode() for name, value in message.headers() or []}
        print(json.dumps({"key": message.key().decode(), "headers": headers, "value": value}, sort_keys=True))
    consumer.close()


def send(brokers, topic, value):
    def delivered(error, message):
        if error:
            sys.exit(str(error))
        print(json.dumps({"partition": message.partition(), "offset": message.offset(), "timestampMs": message.timestamp()[1]}))

    producer = Producer({"bootstrap.servers": brokers})
    producer.produce(topic, value=value.encode(), on_delivery=delivered)
    producer.flush(TIMEOUT_SECONDS)


if __name__ == "__main__":
    {"read": read, "send": send}[sys.argv[1]](*sys.argv[2:])
