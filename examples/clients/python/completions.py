"""POST /v1/chat/completions with the standard library alone: chunks with choices[0].delta.content."""

import json
import os
import sys
import urllib.error
import urllib.request

server = os.environ.get("CHATLET_URL", "http://localhost:8000")
key = os.environ.get("CHATLET_KEY")
question = sys.argv[1] if len(sys.argv) > 1 else "Hello!"

request = urllib.request.Request(
    f"{server}/v1/chat/completions",
    data=json.dumps(
        {"model": "default", "messages": [{"role": "user", "content": question}], "stream": True}
    ).encode(),
    # "Bearer", a space, and the key.
    headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
)

try:
    response = urllib.request.urlopen(request)
except urllib.error.HTTPError as refusal:
    error = json.load(refusal)["error"]
    sys.exit(f"{error['code']}: {error['message']}")

sys.stdout.reconfigure(encoding="utf-8")
with response:
    for line in response:
        text = line.decode().strip()
        if not text.startswith("data: "):
            continue
        data = text[len("data: ") :]
        # The end mark is no JSON, so it is checked first.
        if data == "[DONE]":
            break
        chunk = json.loads(data)
        if "error" in chunk:
            sys.exit(chunk["error"]["message"])
        for choice in chunk["choices"]:
            # Only some chunks have text: the first may have only the role, the last only the end reason.
            print(choice["delta"].get("content") or "", end="", flush=True)
print()
