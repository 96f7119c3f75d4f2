/**
 * HTML knows no self-closed tags: after `<chatlet-chat />` the rest of the page is the content of the chat, which shows
 * none of it. The launcher shows such content in its place.
 */

/** What a page may put between the tags, to be seen until the chat is there. */
const ownContent = '[slot], a, b, em, img, noscript, p, span, strong, template';

/** Puts content that a chat has swallowed behind it, and says how to write the tag. Call it when the page is complete. */
export function moveSwallowed(): void {
  for (const box of document.querySelectorAll('chatlet-chat, chatlet-launcher')) {
    const {localName} = box;
    const isSwallowing = [...box.children].some((child) => !child.matches(`${ownContent}, chatlet-chat`));
    if (!isSwallowing || box.nextElementSibling) continue;
    console.warn(`Chatlet: <${localName} /> holds the rest of the page. Write <${localName}></${localName}>.`);
    if (localName === 'chatlet-chat') box.after(...[...box.childNodes].filter((node) => !isSlotted(node)));
  }
}

function isSlotted(node: Node): boolean {
  return node instanceof Element && node.slot !== '';
}
