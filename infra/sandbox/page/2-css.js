// Selectors, stylesheets, and what of them applies to an element.
const splitTop = (text, mark) => {
  const parts = [];
  let depth = 0, quote = '', start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) { if (c === '\\') i++; else if (c === quote) quote = ''; continue; }
    if (c === '"' || c === "'") quote = c;
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (depth === 0 && (mark === ' ' ? /\s/.test(c) : c === mark)) { parts.push(text.slice(start, i)); start = i + 1; }
  }
  parts.push(text.slice(start));
  return mark === ' ' ? parts.filter((part) => part !== '') : parts.map((part) => part.trim());
};

class SelectorError extends Error {
  constructor(selector) { super(`'${selector}' is not a valid selector.`); Object.defineProperty(this, 'name', { value: 'SyntaxError' }); }
}

const selectorCache = new Map();

function parseSelectors(text) {
  const key = String(text);
  let known = selectorCache.get(key);
  if (!known) {
    const parts = splitTop(key.trim(), ',');
    known = parts.map((part) => parseComplex(part, key));
    if (selectorCache.size > 2000) selectorCache.clear();
    selectorCache.set(key, known);
  }
  return known;
}

function nth(text, whole) {
  const t = text.trim().toLowerCase().split(/\s+of\s+/)[0].replace(/\s+/g, '');
  if (t === 'odd') return [2, 1];
  if (t === 'even') return [2, 0];
  const m = /^([+-]?\d*)n([+-]\d+)?$/.exec(t);
  if (m) return [m[1] === '' || m[1] === '+' ? 1 : m[1] === '-' ? -1 : parseInt(m[1], 10), m[2] ? parseInt(m[2], 10) : 0];
  if (/^[+-]?\d+$/.test(t)) return [0, parseInt(t, 10)];
  throw new SelectorError(whole);
}

function parseComplex(text, whole) {
  const compounds = [];
  let at = 0, joint = null, parts = [], pseudo = null;
  const specificity = [0, 0, 0];
  const add = (list) => { const best = list.reduce((most, one) => (compareSpecificity(one.specificity, most) > 0 ? one.specificity : most), [0, 0, 0]); best.forEach((n, i) => { specificity[i] += n; }); };
  const flush = () => { if (parts.length === 0 && !pseudo) throw new SelectorError(whole); compounds.push({ joint, parts }); parts = []; };
  const name = () => {
    const m = /^(?:\\[0-9a-fA-F]{1,6}\s?|\\.|[\w\u00a0-\uffff-])+/.exec(text.slice(at));
    if (!m) throw new SelectorError(whole);
    at += m[0].length;
    return m[0].replace(/\\([0-9a-fA-F]{1,6})\s?|\\(.)/g, (_, hex, char) => (hex ? String.fromCodePoint(Math.min(parseInt(hex, 16), 0x10ffff)) : char));
  };
  text = text.trim();
  if (text === '') throw new SelectorError(whole);
  if (/^[>+~]/.test(text)) { joint = text[0]; at = 1; while (/\s/.test(text[at] ?? '')) at++; }
  while (at < text.length) {
    const c = text[at];
    if (/[\s>+~]/.test(c)) {
      let next = ' ';
      while (at < text.length && /[\s>+~]/.test(text[at])) {
        if (!/\s/.test(text[at])) { if (next !== ' ') throw new SelectorError(whole); next = text[at]; }
        at++;
      }
      if (at >= text.length) throw new SelectorError(whole);
      flush();
      joint = next;
    } else if (c === '*') { at++; parts.push(['any']); }
    else if (c === '#') { at++; parts.push(['id', name()]); specificity[0]++; }
    else if (c === '.') { at++; parts.push(['class', name()]); specificity[1]++; }
    else if (c === '[') {
      const m = /^\[\s*([\w:-]+)\s*(?:([~|^$*]?=)\s*(?:"((?:\\.|[^"])*)"|'((?:\\.|[^'])*)'|([^\s\]"']+))\s*([iIsS])?\s*)?\]/.exec(text.slice(at));
      if (!m) throw new SelectorError(whole);
      at += m[0].length;
      parts.push(['attribute', m[1].toLowerCase(), m[2], m[3] ?? m[4] ?? m[5], /i/i.test(m[6] ?? '')]);
      specificity[1]++;
    } else if (c === ':') {
      const double = text[at + 1] === ':';
      at += double ? 2 : 1;
      const pseudoName = name().toLowerCase();
      let argument;
      if (text[at] === '(') {
        let depth = 0, end = at;
        for (; end < text.length; end++) { if (text[end] === '(') depth++; else if (text[end] === ')' && --depth === 0) break; }
        if (end >= text.length) throw new SelectorError(whole);
        argument = text.slice(at + 1, end);
        at = end + 1;
      }
      if (double || pseudoName === 'before' || pseudoName === 'after') { pseudo = pseudoName; specificity[2]++; continue; }
      if (pseudoName === 'not' || pseudoName === 'is' || pseudoName === 'where' || pseudoName === 'has' || pseudoName === 'matches') {
        const inner = parseSelectors(argument ?? '');
        if (pseudoName !== 'where') add(inner);
        parts.push([pseudoName === 'matches' ? 'is' : pseudoName, inner]);
      } else if (/^nth-/.test(pseudoName)) { parts.push([pseudoName, nth(argument ?? '', whole)]); specificity[1]++; }
      else if (PSEUDOS[pseudoName]) { parts.push(['pseudo', pseudoName]); specificity[1]++; }
      else if (pseudoName.startsWith('-')) parts.push(['never']);
      else throw new SelectorError(whole);
    } else { parts.push(['tag', name().toLowerCase()]); specificity[2]++; }
  }
  flush();
  return { compounds, specificity, pseudo };
}

const compareSpecificity = (a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
const elementKids = (node) => node._kids.filter((kid) => kid._tag !== undefined);
const siblings = (element) => (element._parent ? elementKids(element._parent) : [element]);
const place = (element, ofType, fromEnd) => {
  let all = siblings(element);
  if (ofType) all = all.filter((one) => one._tag === element._tag);
  const index = all.indexOf(element);
  return fromEnd ? all.length - index : index + 1;
};
const isField = (element) => ['input', 'select', 'textarea', 'button', 'option', 'fieldset'].includes(element._tag);
const isDisabled = (element) => isField(element) && (element._attributes.has('disabled') || hasAncestor(element, (one) => one._tag === 'fieldset' && one._attributes.has('disabled')));
const hasAncestor = (element, test) => { for (let one = element._parent; one && one._tag !== undefined; one = one._parent) if (test(one)) return true; return false; };

const PSEUDOS = {
  'first-child': (e) => place(e) === 1, 'last-child': (e) => place(e, false, true) === 1, 'only-child': (e) => siblings(e).length === 1,
  'first-of-type': (e) => place(e, true) === 1, 'last-of-type': (e) => place(e, true, true) === 1, 'only-of-type': (e) => siblings(e).filter((one) => one._tag === e._tag).length === 1,
  empty: (e) => e._kids.every((kid) => kid._comment), root: (e) => e._tag === 'html', checked: (e) => (e._tag === 'option' ? optionSelected(e) : !!e._checkedNow && checkable(e)),
  disabled: isDisabled, enabled: (e) => isField(e) && !isDisabled(e), required: (e) => isField(e) && e._attributes.has('required'), optional: (e) => isField(e) && !e._attributes.has('required'),
  focus: (e) => page.focused === e, 'focus-visible': (e) => page.focused === e, 'focus-within': (e) => page.focused === e || (page.focused !== null && contains(e, page.focused)),
  hover: (e) => page.hovered !== null && contains(e, page.hovered), active: () => false, visited: () => false, target: () => false, link: (e) => e._tag === 'a' && e._attributes.has('href'),
  'any-link': (e) => e._tag === 'a' && e._attributes.has('href'), valid: (e) => isField(e) && faultOf(e) === '', invalid: (e) => isField(e) && faultOf(e) !== '',
  'placeholder-shown': (e) => e._attributes.has('placeholder') && fieldValue(e) === '', 'read-only': (e) => !isField(e) || e._attributes.has('readonly'), 'read-write': (e) => isField(e) && !e._attributes.has('readonly'),
  scope: (e) => e === page.scope, defined: () => true,
};

function matchesPart(element, part) {
  const value = part[1];
  switch (part[0]) {
    case 'any': return true;
    case 'never': return false;
    case 'tag': return element._tag === value;
    case 'id': return element._attributes.get('id') === value;
    case 'class': return classesOf(element).includes(value);
    case 'attribute': {
      let has = element._attributes.get(value);
      if (has === undefined) return false;
      if (part[2] === undefined) return true;
      let wanted = part[3];
      if (part[4]) { has = has.toLowerCase(); wanted = wanted.toLowerCase(); }
      switch (part[2]) {
        case '=': return has === wanted;
        case '~=': return has.split(/\s+/).includes(wanted);
        case '|=': return has === wanted || has.startsWith(wanted + '-');
        case '^=': return wanted !== '' && has.startsWith(wanted);
        case '$=': return wanted !== '' && has.endsWith(wanted);
        default: return wanted !== '' && has.includes(wanted);
      }
    }
    case 'pseudo': return PSEUDOS[value](element);
    case 'not': return !value.some((one) => matchesComplex(element, one));
    case 'is': case 'where': return value.some((one) => matchesComplex(element, one));
    case 'has': return value.some((one) => descendantElements(one.compounds[0].joint === '+' || one.compounds[0].joint === '~' ? element._parent : element).some((inner) => inner !== element && matchesComplex(inner, one, element)));
    default: {
      const [a, b] = value;
      const n = place(element, part[0].endsWith('of-type'), part[0].startsWith('nth-last')) - b;
      return a === 0 ? n === 0 : n / a >= 0 && n % a === 0;
    }
  }
}

const matchesCompound = (element, compound) => compound.parts.every((part) => matchesPart(element, part));

function matchesComplex(element, complex, anchor) {
  const { compounds } = complex;
  const go = (node, index) => {
    if (!matchesCompound(node, compounds[index])) return false;
    const { joint } = compounds[index];
    if (index === 0) {
      if (joint === null && !anchor) return true;
      if (!anchor) return false;
      if (joint === null || joint === ' ') return node !== anchor && contains(anchor, node);
      if (joint === '>') return node._parent === anchor;
      const all = siblings(node);
      return joint === '+' ? all[all.indexOf(node) - 1] === anchor : all.includes(anchor) && all.indexOf(anchor) < all.indexOf(node);
    }
    if (joint === '>') return node._parent?._tag !== undefined && go(node._parent, index - 1);
    if (joint === ' ') { for (let up = node._parent; up && up._tag !== undefined; up = up._parent) if (go(up, index - 1)) return true; return false; }
    const all = siblings(node);
    const here = all.indexOf(node);
    if (joint === '+') return here > 0 && go(all[here - 1], index - 1);
    return all.slice(0, here).some((before) => go(before, index - 1));
  };
  return go(element, compounds.length - 1);
}

const matchesAny = (element, selectors) => selectors.some((one) => !one.pseudo && matchesComplex(element, one));

function descendantElements(node) {
  const found = [];
  const walk = (one) => { for (const kid of one._kids) if (kid._tag !== undefined) { found.push(kid); walk(kid); } };
  if (node) walk(node);
  return found;
}

function select(node, text, first) {
  const selectors = parseSelectors(text);
  const found = [];
  const walk = (one) => {
    for (const kid of one._kids) {
      if (kid._tag === undefined) continue;
      if (matchesAny(kid, selectors)) { found.push(kid); if (first) return true; }
      if (walk(kid)) return true;
    }
    return false;
  };
  page.scope = node._tag === undefined ? null : node;
  walk(node);
  page.scope = null;
  return first ? found[0] ?? null : found;
}

// ---- stylesheets: [{ selectors, declarations, media }] in order
function parseCss(source) {
  const text = source.replace(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ');
  const rules = [];
  let at = 0;
  const block = (parents, media, depth) => {
    if (depth > 20) throw new RangeError('The stylesheet nests too deeply.');
    const declarations = [];
    let start = at, quote = '', round = 0;
    for (; at < text.length; at++) {
      const c = text[at];
      if (quote) { if (c === '\\') at++; else if (c === quote || c === '\n') quote = ''; continue; }
      if (c === '"' || c === "'") quote = c;
      else if (c === '(') round++;
      else if (c === ')') round = Math.max(0, round - 1);
      else if (round > 0) continue;
      else if (c === ';') { declaration(text.slice(start, at), declarations); start = at + 1; }
      else if (c === '{') {
        const head = text.slice(start, at).trim();
        at++;
        nested(head, parents, media, depth);
        start = at + 1;
      } else if (c === '}') break;
    }
    declaration(text.slice(start, at), declarations);
    return declarations;
  };
  const nested = (head, parents, media, depth) => {
    if (head.startsWith('@')) {
      const [, name, condition] = /^@([\w-]+)\s*([\s\S]*)$/.exec(head) ?? [];
      if (name === 'media' || name === 'supports' || name === 'layer' || name === 'container') {
        const slot = parents ? { selectors: parents, declarations: [], media: name === 'media' ? [...media, condition] : media } : null;
        if (slot) rules.push(slot);
        const own = block(parents, name === 'media' ? [...media, condition] : media, depth + 1);
        if (slot) slot.declarations = own;
      } else {
        const before = rules.length;
        const declarations = block(null, media, depth + 1);
        const inner = rules.splice(before);
        rules.push({ at: name, name: condition.trim(), declarations, inner, media });
      }
      return;
    }
    let selectors = null;
    try {
      const parts = splitTop(head, ',');
      const whole = parents ? parts.flatMap((part) => parents.map((parent) => (part.includes('&') ? part.replaceAll('&', parent.includes(' ') ? `:is(${parent})` : parent) : `${parent} ${part}`))) : parts;
      if (whole.length > 500) throw new RangeError('A rule of the stylesheet has too many selectors.');
      whole.forEach((one) => parseSelectors(one));
      selectors = whole;
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      selectors = /^(?:from|to|[\d.]+%)/.test(head) ? [head] : [];
    }
    const rule = { selectors, declarations: [], media };
    rules.push(rule);
    rule.declarations = block(selectors, media, depth + 1);
  };
  while (at < text.length) { block(null, [], 0); at++; }
  return rules;
}

function declaration(text, into) {
  const colon = text.indexOf(':');
  if (colon < 1) return;
  let name = text.slice(0, colon).trim();
  if (!/^[-\w]+$/.test(name)) return;
  if (!name.startsWith('--')) name = name.toLowerCase();
  let value = text.slice(colon + 1).trim();
  const important = /!\s*important\s*$/i.test(value);
  if (important) value = value.replace(/!\s*important\s*$/i, '').trim();
  if (value === '') return;
  for (const [longName, longValue] of expand(name, value)) into.push({ name: longName, value: longValue, important });
}

const SIDES = ['top', 'right', 'bottom', 'left'];
const CORNERS = ['top-left', 'top-right', 'bottom-right', 'bottom-left'];
const four = (parts) => [parts[0], parts[1] ?? parts[0], parts[2] ?? parts[0], parts[3] ?? parts[1] ?? parts[0]];
const LINE_STYLES = new Set('none hidden dotted dashed solid double groove ridge inset outset'.split(' '));
const isWidth = (part) => /^[-+.\d]/.test(part) || ['thin', 'medium', 'thick'].includes(part);
const lineParts = (value) => {
  const parts = { width: 'medium', style: 'none', color: 'currentcolor' };
  for (const part of splitTop(value, ' ')) parts[LINE_STYLES.has(part.toLowerCase()) ? 'style' : isWidth(part) || part.startsWith('calc(') ? 'width' : 'color'] = part;
  return parts;
};
const GLOBAL_VALUES = new Set(['inherit', 'initial', 'unset', 'revert']);

/** A shorthand as its longhands; what holds a var() is expanded once it is known. */
function expand(name, value) {
  if (name.startsWith('--')) return [[name, value]];
  const longs = SHORTHANDS[name];
  if (!longs) return [[name, value]];
  if (value.includes('var(')) return [[name, value]];
  if (GLOBAL_VALUES.has(value)) return longs().map((long) => [long, value]);
  return longs(value);
}

const sided = (form) => (value) => (value === undefined ? SIDES.map(form) : four(splitTop(value, ' ')).map((part, i) => [form(SIDES[i]), part]));
const pair = (first, second) => (value) => (value === undefined ? [first, second] : (([a, b]) => [[first, a], [second, b ?? a]])(splitTop(value, ' ')));
const border = (sides) => (value) => sides.flatMap((side) => (value === undefined ? ['width', 'style', 'color'].map((part) => `border-${side}-${part}`) : Object.entries(lineParts(value)).map(([part, v]) => [`border-${side}-${part}`, v])));
const SHORTHANDS = {
  margin: sided((side) => `margin-${side}`), padding: sided((side) => `padding-${side}`), inset: sided((side) => side),
  'border-width': sided((side) => `border-${side}-width`), 'border-style': sided((side) => `border-${side}-style`), 'border-color': sided((side) => `border-${side}-color`),
  border: border(SIDES), 'border-top': border(['top']), 'border-right': border(['right']), 'border-bottom': border(['bottom']), 'border-left': border(['left']),
  'border-radius': (value) => (value === undefined ? CORNERS.map((c) => `border-${c}-radius`) : four(splitTop(value.split('/')[0], ' ')).map((part, i) => [`border-${CORNERS[i]}-radius`, part])),
  'margin-inline': pair('margin-left', 'margin-right'), 'margin-block': pair('margin-top', 'margin-bottom'), 'padding-inline': pair('padding-left', 'padding-right'), 'padding-block': pair('padding-top', 'padding-bottom'),
  gap: pair('row-gap', 'column-gap'), 'grid-gap': pair('row-gap', 'column-gap'), overflow: pair('overflow-x', 'overflow-y'), 'place-items': pair('align-items', 'justify-items'), 'place-content': pair('align-content', 'justify-content'), 'place-self': pair('align-self', 'justify-self'),
  outline: (value) => (value === undefined ? ['width', 'style', 'color'].map((part) => `outline-${part}`) : Object.entries(lineParts(value)).map(([part, v]) => [`outline-${part}`, v])),
  'flex-flow': (value) => (value === undefined ? ['flex-direction', 'flex-wrap'] : splitTop(value, ' ').map((part) => [part.includes('wrap') ? 'flex-wrap' : 'flex-direction', part])),
  flex: (value) => {
    if (value === undefined) return ['flex-grow', 'flex-shrink', 'flex-basis'];
    if (value === 'none') return [['flex-grow', '0'], ['flex-shrink', '0'], ['flex-basis', 'auto']];
    if (value === 'auto') return [['flex-grow', '1'], ['flex-shrink', '1'], ['flex-basis', 'auto']];
    const parts = splitTop(value, ' ');
    const numbers = parts.filter((part) => /^[\d.]+$/.test(part));
    return [['flex-grow', numbers[0] ?? '1'], ['flex-shrink', numbers[1] ?? '1'], ['flex-basis', parts.find((part) => !/^[\d.]+$/.test(part)) ?? (numbers[2] ?? '0%')]];
  },
  background: (value) => {
    if (value === undefined) return ['background-color', 'background-image'];
    const parts = splitTop(splitTop(value, ',').at(-1), ' ');
    const image = splitTop(value, ',').find((layer) => /gradient\(|url\(/.test(layer));
    return [['background-color', parts.find((part) => colorOf(part) !== null || part === 'currentcolor') ?? 'transparent'], ['background-image', image ? splitTop(image, ' ').find((part) => /\(/.test(part)) : 'none']];
  },
  font: (value) => {
    if (value === undefined) return ['font-style', 'font-weight', 'font-size', 'line-height', 'font-family'];
    const parts = splitTop(value, ' ');
    const size = parts.findIndex((part) => /^[\d.]+(px|em|rem|%|pt|vw|vh)/.test(part) || /^(x{0,2}-)?(small|large)$|^medium$/.test(part.split('/')[0]));
    if (size < 0) return [];
    const before = parts.slice(0, size);
    return [['font-style', before.find((part) => part === 'italic' || part === 'oblique') ?? 'normal'], ['font-weight', before.find((part) => /^(bold|bolder|lighter|\d+)$/.test(part)) ?? 'normal'],
      ['font-size', parts[size].split('/')[0]], ['line-height', parts[size].split('/')[1] ?? 'normal'], ['font-family', parts.slice(size + 1).join(' ')]];
  },
  'list-style': (value) => (value === undefined ? ['list-style-type', 'list-style-position'] : splitTop(value, ' ').map((part) => [part === 'inside' || part === 'outside' ? 'list-style-position' : 'list-style-type', part])),
  'text-decoration': (value) => (value === undefined ? ['text-decoration-line', 'text-decoration-style', 'text-decoration-color'] : ((parts) => [
    ['text-decoration-line', parts.filter((part) => /^(none|underline|overline|line-through)$/.test(part)).join(' ') || 'none'], ['text-decoration-style', parts.find((part) => /^(solid|double|dotted|dashed|wavy)$/.test(part)) ?? 'solid'],
    ['text-decoration-color', parts.find((part) => colorOf(part) !== null) ?? 'currentcolor']])(splitTop(value, ' '))),
};

const COLORS = Object.fromEntries(('aliceblue f0f8ff antiquewhite faebd7 aqua 00ffff aquamarine 7fffd4 azure f0ffff beige f5f5dc bisque ffe4c4 black 000000 blanchedalmond ffebcd blue 0000ff blueviolet 8a2be2 brown a52a2a burlywood deb887 ' +
  'cadetblue 5f9ea0 chartreuse 7fff00 chocolate d2691e coral ff7f50 cornflowerblue 6495ed cornsilk fff8dc crimson dc143c cyan 00ffff darkblue 00008b darkcyan 008b8b darkgoldenrod b8860b darkgray a9a9a9 darkgreen 006400 darkgrey a9a9a9 ' +
  'darkkhaki bdb76b darkmagenta 8b008b darkolivegreen 556b2f darkorange ff8c00 darkorchid 9932cc darkred 8b0000 darksalmon e9967a darkseagreen 8fbc8f darkslateblue 483d8b darkslategray 2f4f4f darkslategrey 2f4f4f darkturquoise 00ced1 ' +
  'darkviolet 9400d3 deeppink ff1493 deepskyblue 00bfff dimgray 696969 dimgrey 696969 dodgerblue 1e90ff firebrick b22222 floralwhite fffaf0 forestgreen 228b22 fuchsia ff00ff gainsboro dcdcdc ghostwhite f8f8ff gold ffd700 goldenrod daa520 ' +
  'gray 808080 green 008000 greenyellow adff2f grey 808080 honeydew f0fff0 hotpink ff69b4 indianred cd5c5c indigo 4b0082 ivory fffff0 khaki f0e68c lavender e6e6fa lavenderblush fff0f5 lawngreen 7cfc00 lemonchiffon fffacd lightblue add8e6 ' +
  'lightcoral f08080 lightcyan e0ffff lightgoldenrodyellow fafad2 lightgray d3d3d3 lightgreen 90ee90 lightgrey d3d3d3 lightpink ffb6c1 lightsalmon ffa07a lightseagreen 20b2aa lightskyblue 87cefa lightslategray 778899 lightslategrey 778899 ' +
  'lightsteelblue b0c4de lightyellow ffffe0 lime 00ff00 limegreen 32cd32 linen faf0e6 magenta ff00ff maroon 800000 mediumaquamarine 66cdaa mediumblue 0000cd mediumorchid ba55d3 mediumpurple 9370db mediumseagreen 3cb371 mediumslateblue 7b68ee ' +
  'mediumspringgreen 00fa9a mediumturquoise 48d1cc mediumvioletred c71585 midnightblue 191970 mintcream f5fffa mistyrose ffe4e1 moccasin ffe4b5 navajowhite ffdead navy 000080 oldlace fdf5e6 olive 808000 olivedrab 6b8e23 orange ffa500 ' +
  'orangered ff4500 orchid da70d6 palegoldenrod eee8aa palegreen 98fb98 paleturquoise afeeee palevioletred db7093 papayawhip ffefd5 peachpuff ffdab9 peru cd853f pink ffc0cb plum dda0dd powderblue b0e0e6 purple 800080 rebeccapurple 663399 ' +
  'red ff0000 rosybrown bc8f8f royalblue 4169e1 saddlebrown 8b4513 salmon fa8072 sandybrown f4a460 seagreen 2e8b57 seashell fff5ee sienna a0522d silver c0c0c0 skyblue 87ceeb slateblue 6a5acd slategray 708090 slategrey 708090 snow fffafa ' +
  'springgreen 00ff7f steelblue 4682b4 tan d2b48c teal 008080 thistle d8bfd8 tomato ff6347 turquoise 40e0d0 violet ee82ee wheat f5deb3 white ffffff whitesmoke f5f5f5 yellow ffff00 yellowgreen 9acd32')
  .match(/\S+ \S+/g).map((entry) => entry.split(' ')));

/** A colour in the form browsers compute it to, or null. */
function colorOf(text) {
  const t = text.trim().toLowerCase();
  if (t === 'transparent') return 'rgba(0, 0, 0, 0)';
  let hex = Object.hasOwn(COLORS, t) ? COLORS[t] : /^#([0-9a-f]{3,8})$/.exec(t)?.[1];
  if (hex) {
    if (hex.length === 3 || hex.length === 4) hex = [...hex].map((c) => c + c).join('');
    if (hex.length !== 6 && hex.length !== 8) return null;
    return rgb(...[0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)), hex.length === 8 ? Math.round((parseInt(hex.slice(6), 16) / 255) * 1000) / 1000 : 1);
  }
  const m = /^(rgb|hsl)a?\(([^()]*)\)$/.exec(t);
  if (!m) return null;
  const parts = m[2].split(/[\s,/]+/).filter((part) => part !== '');
  if (parts.length < 3) return null;
  const number = (part, whole) => (part.endsWith('%') ? (parseFloat(part) / 100) * whole : parseFloat(part));
  const alpha = parts[3] === undefined ? 1 : number(parts[3], 1);
  if (m[1] === 'rgb') return rgb(...parts.slice(0, 3).map((part) => number(part, 255)), alpha);
  const h = ((parseFloat(parts[0]) % 360) + 360) % 360, s = number(parts[1].endsWith('%') ? parts[1] : parts[1] + '%', 1), l = number(parts[2].endsWith('%') ? parts[2] : parts[2] + '%', 1);
  const f = (n) => { const k = (n + h / 30) % 12; return 255 * (l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1))); };
  return rgb(f(0), f(8), f(4), alpha);
}
const rgb = (r, g, b, a) => { const c = [r, g, b].map((n) => Math.max(0, Math.min(255, Math.round(n)))).join(', '); return Number.isNaN(r + g + b + a) ? null : a >= 1 ? `rgb(${c})` : `rgba(${c}, ${Math.max(0, a)})`; };

const INHERITED = new Set(('color cursor direction font-family font-size font-style font-variant font-weight letter-spacing line-height list-style-type list-style-position text-align text-indent text-transform visibility white-space word-spacing ' +
  'border-collapse border-spacing caption-side empty-cells quotes text-shadow word-break overflow-wrap hyphens accent-color user-select pointer-events').split(' '));
const INITIAL = { color: 'rgb(0, 0, 0)', display: 'inline', position: 'static', 'font-size': '16px', 'font-weight': '400', 'font-style': 'normal', 'font-family': 'serif', 'line-height': 'normal', 'text-align': 'start', visibility: 'visible', opacity: '1',
  'background-color': 'rgba(0, 0, 0, 0)', 'background-image': 'none', width: 'auto', height: 'auto', 'max-width': 'none', 'max-height': 'none', 'min-width': 'auto', 'min-height': 'auto', 'box-sizing': 'content-box', float: 'none', clear: 'none', 'z-index': 'auto',
  top: 'auto', right: 'auto', bottom: 'auto', left: 'auto', 'flex-direction': 'row', 'flex-wrap': 'nowrap', 'flex-grow': '0', 'flex-shrink': '1', 'flex-basis': 'auto', 'justify-content': 'normal', 'align-items': 'normal', 'align-content': 'normal',
  'align-self': 'auto', 'justify-items': 'legacy', 'justify-self': 'auto', order: '0', 'row-gap': 'normal', 'column-gap': 'normal', 'grid-template-columns': 'none', 'grid-template-rows': 'none', 'grid-template-areas': 'none', 'grid-auto-flow': 'row',
  'text-decoration-line': 'none', 'text-transform': 'none', 'list-style-type': 'disc', 'white-space': 'normal', cursor: 'auto', transform: 'none', transition: 'all 0s ease 0s', animation: 'none', 'animation-name': 'none', 'box-shadow': 'none', 'overflow-x': 'visible',
  'overflow-y': 'visible', content: 'normal', 'border-collapse': 'separate', 'letter-spacing': 'normal', 'object-fit': 'fill', 'outline-style': 'none', 'outline-width': '0px', filter: 'none', 'aspect-ratio': 'auto', 'text-shadow': 'none' };
for (const side of SIDES) { INITIAL[`margin-${side}`] = '0px'; INITIAL[`padding-${side}`] = '0px'; INITIAL[`border-${side}-width`] = '0px'; INITIAL[`border-${side}-style`] = 'none'; INITIAL[`border-${side}-color`] = 'currentcolor'; }
for (const corner of CORNERS) INITIAL[`border-${corner}-radius`] = '0px';

const OWN_SHEET = parseCss(`html,body,address,article,aside,blockquote,dd,details,dialog,div,dl,dt,fieldset,figcaption,figure,footer,form,h1,h2,h3,h4,h5,h6,header,hgroup,hr,legend,main,menu,nav,ol,p,pre,search,section,summary,ul{display:block}
li{display:list-item}head,script,style,title,meta,link,template,datalist,noscript,[hidden],dialog:not([open]){display:none}table{display:table}tr{display:table-row}td,th{display:table-cell}thead{display:table-header-group}tbody{display:table-row-group}tfoot{display:table-footer-group}
caption{display:table-caption}button,input,select,textarea,img{display:inline-block}b,strong,h1,h2,h3,h4,h5,h6,th{font-weight:700}i,em,cite,dfn,address{font-style:italic}h1{font-size:2em;margin:.67em 0}h2{font-size:1.5em;margin:.83em 0}h3{font-size:1.17em;margin:1em 0}
p,ul,ol,dl,blockquote,figure{margin-top:1em;margin-bottom:1em}ul,ol{padding-left:40px}ol{list-style-type:decimal}body{margin:8px}a[href]{color:#0000ee;text-decoration:underline;cursor:pointer}th{text-align:center}code,pre,kbd,samp{font-family:monospace}pre{white-space:pre}small{font-size:.8333em}u,ins{text-decoration:underline}s,del{text-decoration:line-through}`);

function mediaMatches(query, view) {
  return splitTop(query, ',').some((one) => {
    let text = one.trim().toLowerCase(), negate = false;
    if (text.startsWith('not ')) { negate = true; text = text.slice(4); }
    const ok = text.replace(/^only\s+/, '').split(/\s+and\s+/).every((part) => {
      part = part.trim();
      if (part === 'screen' || part === 'all' || part === '') return true;
      if (part === 'print') return false;
      let m = /^\(\s*(min|max)-(width|height)\s*:\s*([\d.]+)(px|em|rem)\s*\)$/.exec(part);
      if (m) { const limit = parseFloat(m[3]) * (m[4] === 'px' ? 1 : 16); return m[1] === 'min' ? view[m[2]] >= limit : view[m[2]] <= limit; }
      m = /^\(\s*(width|height)\s*(<=|>=|<|>|=)\s*([\d.]+)(px|em|rem)\s*\)$/.exec(part);
      if (m) { const limit = parseFloat(m[3]) * (m[4] === 'px' ? 1 : 16), now = view[m[1]]; return m[2] === '<=' ? now <= limit : m[2] === '>=' ? now >= limit : m[2] === '<' ? now < limit : m[2] === '>' ? now > limit : now === limit; }
      m = /^\(\s*([\w-]+)\s*:\s*([\w-]+)\s*\)$/.exec(part);
      if (!m) return false;
      if (m[1] === 'orientation') return m[2] === (view.height >= view.width ? 'portrait' : 'landscape');
      if (m[1] === 'prefers-color-scheme') return m[2] === (view.scheme ?? 'light');
      if (m[1] === 'prefers-reduced-motion') return m[2] === (view.motion ?? 'no-preference');
      if (m[1] === 'hover' || m[1] === 'any-hover') return m[2] === 'hover';
      return m[1] === 'pointer' && m[2] === 'fine';
    });
    return ok !== negate;
  });
}

/** All rules of the page in their order, parsed anew when a style element has changed. */
function pageRules() {
  const sources = [];
  for (const element of descendantElements(page.document)) {
    if (element._tag === 'style' && !element._disabled) sources.push([element._kids.map((kid) => kid._text ?? '').join(''), element._attributes.get('media')]);
  }
  sources.push([page.css, undefined]);
  const key = JSON.stringify(sources);
  if (page.sheetKey !== key) {
    page.sheetKey = key;
    page.rules = sources.flatMap(([text, media]) => parseCss(text).map((rule) => (media ? { ...rule, media: [...rule.media, media] } : rule)));
  }
  return page.rules;
}

function declaredOf(element, pseudo) {
  const winners = new Map();
  let order = 0;
  const offer = (declarations, rank) => {
    for (const { name, value, important } of declarations) {
      const weight = [important ? 1 : 0, ...rank, order++];
      const known = winners.get(name);
      let wins = !known;
      if (known) { for (let i = 0; i < weight.length; i++) if (weight[i] !== known.weight[i]) { wins = weight[i] > known.weight[i]; break; } }
      if (wins) winners.set(name, { value, weight });
    }
  };
  const run = (rules, origin) => {
    for (const rule of rules) {
      if (!rule.selectors || rule.media.some((query) => !mediaMatches(query, page.view))) continue;
      let best = null;
      for (const text of rule.selectors) {
        let found;
        try { found = parseSelectors(text); } catch { continue; }
        for (const one of found) if ((one.pseudo ?? null) === pseudo && matchesComplex(element, one) && (!best || compareSpecificity(one.specificity, best) > 0)) best = one.specificity;
      }
      if (best) offer(rule.declarations, [origin, ...best]);
    }
  };
  if (!pseudo) run(OWN_SHEET, 0);
  run(pageRules(), 1);
  if (!pseudo && element._attributes.has('style')) offer(parseInline(element._attributes.get('style')), [2, 0, 0, 0]);
  return winners;
}

function parseInline(text) {
  const into = [];
  for (const part of splitTop(text, ';')) declaration(part, into);
  return into;
}

function substitute(value, custom, seen) {
  let at;
  let text = value;
  for (let rounds = 0; (at = text.indexOf('var(')) >= 0; rounds++) {
    if (rounds > 100 || text.length > 20000) return null;
    let depth = 0, end = at + 3;
    for (; end < text.length; end++) { if (text[end] === '(') depth++; else if (text[end] === ')' && --depth === 0) break; }
    const [name, ...rest] = splitTop(text.slice(at + 4, end), ',');
    const found = seen.includes(name) ? undefined : custom.get(name);
    const inner = found === undefined ? (rest.length ? rest.join(', ') : null) : substitute(found, custom, [...seen, name]);
    if (inner === null) return null;
    text = text.slice(0, at) + inner + text.slice(end + 1);
  }
  return text.trim();
}

/** Computed values by name, of an element or its ::before or ::after. */
function computedOf(element, pseudo) {
  const chain = [];
  for (let one = element; one && one._tag !== undefined; one = one._parent) chain.unshift(one);
  let parent = null;
  for (const one of chain) parent = computeOne(one, null, parent);
  return pseudo ? computeOne(element, pseudo, parent) : parent;
}

function computeOne(element, pseudo, parent) {
  const declared = declaredOf(element, pseudo);
  const custom = new Map(parent?.custom ?? []);
  for (const [name, { value }] of declared) if (name.startsWith('--')) custom.set(name, value);
  const flat = new Map();
  const byWeight = [...declared].filter(([name]) => !name.startsWith('--')).sort((a, b) => { for (let i = 0; i < a[1].weight.length; i++) if (a[1].weight[i] !== b[1].weight[i]) return a[1].weight[i] - b[1].weight[i]; return 0; });
  for (const [name, { value }] of byWeight) {
    const real = value.includes('var(') ? substitute(value, custom, []) : value;
    if (real === null) { flat.set(name, 'unset'); continue; }
    for (const [long, longValue] of expand(name, real)) flat.set(long, longValue);
  }
  const result = { values: new Map(), custom };
  const inherit = (name) => parent?.values.get(name) ?? INITIAL[name] ?? '';
  const settle = (name, raw) => {
    let value = raw;
    if (value === 'inherit') return inherit(name);
    if (value === 'unset' || value === 'revert') return INHERITED.has(name) ? inherit(name) : INITIAL[name] ?? '';
    if (value === 'initial') return INITIAL[name] ?? '';
    return computeValue(name, value, result, parent);
  };
  const size = flat.get('font-size');
  result.values.set('font-size', size === undefined ? inherit('font-size') : settle('font-size', size));
  const color = flat.get('color');
  result.values.set('color', color === undefined ? inherit('color') : settle('color', color));
  for (const name of INHERITED) if (!result.values.has(name)) result.values.set(name, flat.has(name) ? settle(name, flat.get(name)) : inherit(name));
  for (const [name, value] of flat) if (!result.values.has(name)) result.values.set(name, settle(name, value));
  for (const side of SIDES) {
    const none = ['none', 'hidden', undefined].includes(result.values.get(`border-${side}-style`));
    if (none) result.values.set(`border-${side}-width`, '0px');
  }
  return result;
}

const rounded = (n) => `${Math.round(n * 10000) / 10000}px`;

function computeValue(name, value, own, parent) {
  const lower = value.toLowerCase();
  if (name === 'font-weight') return lower === 'bold' ? '700' : lower === 'normal' ? '400' : lower === 'bolder' ? '700' : lower === 'lighter' ? '300' : value;
  if (lower === 'currentcolor') return own.values.get('color') ?? INITIAL.color;
  if (name === 'color' || name.endsWith('-color')) return colorOf(value) ?? value;
  const named = { thin: '1px', medium: '3px', thick: '5px' };
  if (name.endsWith('-width') && Object.hasOwn(named, lower)) return named[lower];
  const base = parseFloat(name === 'font-size' ? parent?.values.get('font-size') ?? '16' : own.values.get('font-size') ?? '16');
  const sizes = { 'xx-small': 9, 'x-small': 10, small: 13, medium: 16, large: 18, 'x-large': 24, 'xx-large': 32 };
  if (name === 'font-size' && Object.hasOwn(sizes, lower)) return sizes[lower] + 'px';
  if (name === 'font-size' && /^[\d.]+%$/.test(lower)) return rounded((parseFloat(lower) / 100) * base);
  if (name === 'font-family') return splitTop(value, ',').join(', ');
  if (value.length > 2000) return value;
  // lengths become pixels, wherever they stand; colours take one form
  let text = value.replace(/(^|[\s,(])([+-]?(?:\d+\.?\d*|\.\d+))(px|em|rem|vw|vh|pt)(?=$|[\s,)])/gi, (all, before, number, unit) => {
    const n = parseFloat(number);
    const by = { px: 1, em: base, rem: 16, vw: page.view.width / 100, vh: page.view.height / 100, pt: 4 / 3 }[unit.toLowerCase()];
    return before + rounded(n * by);
  });
  if (text === '0' && /^(margin|padding|top|right|bottom|left|width|height|min-|max-|row-gap|column-gap|border-.*(width|radius)|letter-spacing|outline-width|text-indent)/.test(name)) return '0px';
  text = text.replace(/#[0-9a-f]{3,8}\b|(?:rgb|hsl)a?\([^()]*\)/gi, (color) => colorOf(color) ?? color);
  return /^["']|url\(/.test(text) || name === 'content' || name.startsWith('animation') || name.startsWith('grid') ? text : /^[a-z-]+$/i.test(text) ? lower : text;
}

function styleValue(element, name, pseudo) {
  const computed = computedOf(element, pseudo ?? null);
  if (name.startsWith('--')) { const raw = computed.custom.get(name); return raw === undefined ? '' : substitute(raw, computed.custom, [name]) ?? ''; }
  const longs = SHORTHANDS[name];
  if (longs && !computed.values.has(name)) {
    const values = longs().map((long) => computed.values.get(long) ?? INITIAL[long] ?? '').map((v) => (v === 'currentcolor' ? computed.values.get('color') : v));
    if (name === 'text-decoration') return values[0];
    if (name === 'background') return values[0];
    if (values.every((v) => v === values[0])) return values[0];
    if (/^border(-top|-right|-bottom|-left)?$|^outline$/.test(name)) return values.slice(0, 3).join(' ');
    if (values.length === 4) return values[1] === values[3] ? (values[0] === values[2] ? `${values[0]} ${values[1]}` : `${values[0]} ${values[1]} ${values[2]}`) : values.join(' ');
    return values.join(' ');
  }
  const value = computed.values.get(name) ?? INITIAL[name] ?? '';
  return value === 'currentcolor' ? computed.values.get('color') : value;
}
