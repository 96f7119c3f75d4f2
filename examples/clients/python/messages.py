"""POST /v1/messages, as Anthropic's clients do, with the standard library alone: events with their names."""

import json
import os
import sys
import urllib.error
import urllib.request

server = os.environ.get("CHATLET_URL", "http://localhost:8000")
key = os.environ.get("CHATLET_KEY")
question = sys.argv[1] if len(sys.argv) > 1 else "Hello!"

request = urllib.request.Request(
    f"{server}/v1/messages",
    data=json.dumps(
        {
            "model": "default",
            "max_tokens": 1000,
            "messages": [{"role": "user", "content": question}],
            "stream": True,
        }
    ).encode(),
    headers={"Content-Type": "application/json", **({"x-api-key": key} if key else {})},
)

try:
    response = urllib.request.urlopen(request)
except urllib.error.HTTPError as refusal:
    error = json.load(refusal)["error"]
    sys.exit(f"{error['type']}: {error['message']}")

sys.stdout.reconfigure(encoding="utf-8")
with response:
    for line in response:
        text = line.decode().strip()
        if not text.startswith("data: "):
            continue
        # The name of the event is in its data, too. There is no end mark: message_stop ends the stream.
        event = json.loads(text[len("data: ") :])
        if event["type"] == "error":
            sys.exit(event["error"]["message"])
        if event["type"] == "content_block_delta":
            # Thoughts and inputs of tools come as deltas as well; only some deltas have text.
            print(event["delta"].get("text", ""), end="", flush=True)
print()
