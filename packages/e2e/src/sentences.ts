/** A page with a sentence that an answer cites, for tests in several browsers. */
const filler = Array.from({length: 60}, (_, index) => `<p>Paragraph ${index} about something else.</p>`).join('\n');

/** The page's own copy of the words, which a launcher shows when the page says so by `showAnswer()`. */
export const quote = 'Black tea is poured on at 95 °C, and never hotter than that.';

export const citingPage = (server: string, {other = ''}: {other?: string} = {}): string => `<!doctype html>
<html lang="en"><head><title>Tea</title><link rel="icon" href="data:," /></head>
<body><h1>Tea</h1>
<p>Green tea is poured on at 80 °C.</p>
${filler}
<p id="cited">First the pot. Black <em>tea is <b>poured</b> on</em> at 95&nbsp;°C,
  and never hotter than that. Then wait.</p>
${filler}
<chatlet-launcher></chatlet-launcher>
<script src="${server}/chatlet.js"></script>
<script>
  window.records = [];
  window.showAnswer = async () => {
    const launcher = document.querySelector('chatlet-launcher');
    const quote = ${JSON.stringify(quote)};
    const text = 'Pour it on at 95 °C.';
    launcher.storage = 'none';
    launcher.transport = {
      async *send() {
        yield {type: 'message-start', messageId: 'msg_1', chatId: 'chat_1', model: 'm'};
        yield {type: 'text-delta', delta: text};
        yield {
          type: 'source', id: 'tea#1', title: 'Tea', url: ${JSON.stringify(other)} || location.href.split('#')[0],
          quote: 'First the pot. ' + quote + ' Then wait.',
        };
        yield {type: 'citation', sourceId: 'tea#1', quote};
        yield {type: 'text-delta', delta: ' Then wait.'};
        yield {type: 'message-end', reason: 'stop', grounded: true};
      },
    };
    launcher.show();
    await new Promise((resolve) => launcher.addEventListener('chatlet-open', resolve, {once: true}));
    await launcher.chat.send('How hot?');
    // All that a page can see of a change to its DOM.
    new MutationObserver((seen) => window.records.push(...seen.map(({type, target}) => type + ' ' + target.nodeName)))
      .observe(document, {childList: true, attributes: true, characterData: true, subtree: true});
  };
  window.painted = () =>
    [...(CSS.highlights?.get('chatlet-source') ?? [])].map((range) => range.toString().replace(/\\s+/g, ' ')).join();
  window.isInView = () => {
    const {top, bottom} = document.querySelector('#cited').getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };
</script></body></html>`;
