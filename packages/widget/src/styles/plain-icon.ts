/** Icons without Lit. Screen readers skip them: the buttons around them have names. */
import {iconPaths} from './icon-paths.ts';

export function plainIcon(name: keyof typeof iconPaths): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  svg.append(path);
  svg.setAttribute('class', 'icon');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', iconPaths[name]);
  return svg;
}
