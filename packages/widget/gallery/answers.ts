/** What the model of the gallery writes. */

export const code = `Read the response body as server-sent events and stop with an \`AbortController\`:

\`\`\`ts
const stop = new AbortController()
const res = await fetch('/chat/stream', {
  method: 'POST',
  signal: stop.signal,
  body: JSON.stringify({ messages }),
})
for await (const e of events(res.body)) {
  render(e.delta)
}
\`\`\`

Each event carries the next piece of text, and the stream ends with`;

export const longCode = `All of them, one a line:

\`\`\`python
${Array.from({length: 60}, (_, index) => `print("line ${index + 1}")`).join('\n')}
\`\`\`

That is the whole list.`;

export const table = `| City | Now | Wind |
| --- | --- | --- |
| San Francisco | 22 °C, sunny | 11 km/h |
| Oslo | 4 °C, rain | 19 km/h |

San Francisco is **18 °C warmer** and dry.`;

export const wideTable = `Five plans, with all that is in them:

| Plan | Messages a day | Context | Uploads | Support | Price a month |
| :--- | ---: | ---: | :---: | --- | ---: |
| Free | 20 | 8,000 | no | community | $0 |
| Starter | 200 | 32,000 | yes | by mail, two working days | $9 |
| Team | 2,000 | 128,000 | yes | by mail, one working day | $49 |
| Business | 20,000 | 200,000 | yes | chat, four hours | $249 |
| Self-hosted | unlimited | your model’s | yes | your own | your electricity |

Each can be left at the end of a month.`;

export const lists = `To move to another machine:

1. Stop the server, and wait for the line \`closed\`.
2. Copy what belongs together:
   - \`chatlet.db\`, the chats
   - \`secret\`, which signs the visitors’ tokens
     - never send it by mail
3. Start it there.

Then check:

- [x] \`/readyz\` answers \`ready\`
- [ ] an old chat opens
- [ ] the certificate is the new one

> A copy of a running database is not a backup.

### And afterwards

Keep the old machine for a week. ~~Delete it at once.~~ See [the guide](https://docs.example/moving).`;

export const notes = `Streams may be cut by a proxy that buffers.[^1] Nginx is the usual one.[^nginx]

> [!NOTE]
> Answers that were cut go on where they were.

> [!WARNING]
> A proxy that buffers shows no word before the last.

[^1]: It collects the whole response first.
[^nginx]: \`proxy_buffering off;\` ends it.`;

export const formulas = `The roots of $ax^2 + bx + c = 0$ are

$$x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$$

and their sum is \\(-\\frac{b}{a}\\).`;

export const picture = `This is how the panel looks:

![The control panel with two cables](https://pictures.example/panel.png)

The second cable is in the wrong socket.`;

export const report = `Revenue grew **12 %** over Q3, driven by the self-hosted plan. Three points stand out:

- Churn fell to 1.8 %, the lowest of the year.
- Support volume was flat while users grew by a third.
- Two regions missed plan; both recover in January.`;

export const cited = `Four steps, of which the second takes longest:^1

1. Start PostgreSQL and Valkey.^1
2. Point **both servers** at them,^1 and \`chatlet-server doctor\` ^2 checks it.
   - sticky sessions are not needed^1^2

| Node | Holds |
| --- | --- |
| each | nothing^1 |
| PostgreSQL | chats |^2

\`\`\`sh
chatlet-server start --port 8001
\`\`\`

^2

> An answer moves when its node goes down.^2`;

export const arabic = `تختلف الخطتان في عدد الرسائل وطول الإجابة:

| الخطة | رسائل | كلمات |
| --- | --- | --- |
| تجريبية | 10 | 500 |
| أساسية | 50 | 2000 |

1. انسخ \`<script>\` من الدليل.
2. ضع \`chatlet-chat\` حيث تريد.

غيّرها بالأمر \`chatlet-server keys\`.`;

export const chinese = `**可以。**把一行代码放进页面即可，无需其他设置：

1. 复制文档里的 \`<script>\` 标签。
2. 把 \`chatlet-chat\` 放在想要的位置。

价格是**每月￥60**（含税），详见“套餐”一页。`;

export const japanese = `はい、**「一行」**で設置できます。ページに次のタグを入れてください。

- 履歴とモデルはサーバーから届きます。
- 回答が途切れても、続きから再開します。`;
