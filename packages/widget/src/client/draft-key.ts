/** The name under which the device keeps the draft of a chat; of the one that has not begun, without an id. */
export function draftKey(chatId: string | undefined): string {
  return `draft:${chatId ?? 'new'}`;
}
