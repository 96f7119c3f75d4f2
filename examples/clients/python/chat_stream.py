"""POST /chat/stream with the standard library alone: lines of `data: {"content": …}`. Needs a key if the server has any."""

import json
import os
import sys
import urllib.error
import urllib.request

server = os.environ.get("CHATLET_URL", "http://localhost:8000")
key = os.environ.get("CHATLET_KEY")
question = sys.argv[1] if len(sys.argv) > 1 else "Hello!"

request = urllib.request.Request(
    f"{server}/chat/stream",
    data=json.dumps({"messages": [{"role": "user", "content": question}]}).encode(),
    headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})},
)

try:
    response = urllib.request.urlopen(request)
except urllib.error.HTTPError as refusal:
    body = json.load(refusal)
    again = f"; again in {body['retryAfter']} s" if "retryAfter" in body else ""
    sys.exit(f"{body['error']}{again}")

sys.stdout.reconfigure(encoding="utf-8")
with response:
    for line in response:
        text = line.decode().strip()
        if not text.startswith("data: "):
            continue
        data = text[len("data: ") :]
        if data == "[DONE]":
            break
        event = json.loads(data)
        if "error" in event:
            sys.exit(str(event["error"]))
        print(event.get("content") or "", end="", flush=True)
print()
