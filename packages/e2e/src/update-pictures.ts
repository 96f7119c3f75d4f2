/**
 * Takes the pictures of the gallery anew: of all states, or of those that are named. Look at each that has changed
 * before you commit it.
 *
 * @example npm run pictures -- table code
 */
import {picturedStates} from '../../widget/gallery/states.ts';
import {launchBrowser} from './browser.ts';
import {startChatServer} from './chat-server.ts';
import {readBoxes, writeBoxes, writeSheet} from './kept-pictures.ts';
import {openPhotographer} from './pictures.ts';

const given = process.argv.slice(2);
const names = given.length > 0 ? given : picturedStates;
const kept = given.length > 0 ? {...readBoxes().states} : {};
await using server = await startChatServer();
const browser = await launchBrowser();
{
  await using photographer = await openPhotographer(browser, server.url);
  for (const name of names) {
    const picture = await photographer.take(name);
    kept[name] = picture.boxes;
    writeSheet(name, picture);
    if (picture.complaints.length > 0) console.log(name, picture.complaints);
  }
  writeBoxes({fonts: await photographer.fonts(), states: kept});
}
await browser.close();
console.log(`${names.length} pictures taken.`);
