// Reads HTML into plain trees of { tag, attributes, kids } and { text } and { comment }, forgiving as browsers are.
const VOID = new Set('area base br col embed hr img input link meta source track wbr'.split(' '));
const RAW = new Set('script style textarea title'.split(' '));
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', hellip: '…', mdash: '—', ndash: '–', laquo: '«', raquo: '»',
  lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”', times: '×', divide: '÷', rarr: '→', larr: '←', uarr: '↑', darr: '↓', bull: '•', middot: '·', euro: '€', pound: '£', yen: '¥', deg: '°', check: '✓' };
// a tag, and which open ones it ends
const ENDS = { li: ['li'], dt: ['dt', 'dd'], dd: ['dt', 'dd'], option: ['option'], optgroup: ['option', 'optgroup'], tr: ['td', 'th', 'tr'], td: ['td', 'th'], th: ['td', 'th'],
  thead: ['td', 'th', 'tr', 'tbody', 'thead', 'tfoot'], tbody: ['td', 'th', 'tr', 'tbody', 'thead', 'tfoot'], tfoot: ['td', 'th', 'tr', 'tbody', 'thead', 'tfoot'] };
const FENCES = new Set('ul ol dl select table template td th div section body'.split(' '));
const ENDS_P = new Set(('address article aside blockquote details dialog div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr main menu nav ol p pre search section table ul').split(' '));
const MOST_NODES = 50000;
const MOST_DEPTH = 400;
let made = 0;

function countNode() {
  if (++made > MOST_NODES) throw new RangeError('The page has more than ' + MOST_NODES + ' nodes.');
}

function decode(text) {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z]{2,8}));?/g, (all, decimal, hex, name) => {
    if (name) return ENTITIES[name] ?? all;
    const code = decimal ? parseInt(decimal, 10) : parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

function parseHtml(source) {
  const root = { tag: '#root', attributes: [], kids: [] };
  const open = [root];
  const top = () => open[open.length - 1];
  const text = (value) => {
    if (value === '') return;
    const kids = top().kids;
    const last = kids[kids.length - 1];
    if (last && last.text !== undefined) last.text += value;
    else { countNode(); kids.push({ text: value }); }
  };
  const close = (tags, fences) => {
    for (let i = open.length - 1; i > 0; i--) {
      if (tags.includes(open[i].tag)) { open.length = i; return true; }
      if (fences && fences.has(open[i].tag)) return false;
    }
    return false;
  };
  let at = 0;
  while (at < source.length) {
    const next = source.indexOf('<', at);
    if (next < 0) { text(decode(source.slice(at))); break; }
    if (next > at) text(decode(source.slice(at, next)));
    at = next;
    if (source.startsWith('<!--', at)) {
      let end = source.indexOf('-->', at + 4);
      if (end < 0) end = source.length;
      countNode();
      top().kids.push({ comment: source.slice(at + 4, end) });
      at = end + 3;
      continue;
    }
    const follows = source[at + 1] ?? '';
    if (follows === '!' || follows === '?') {
      const end = source.indexOf('>', at);
      if (/^<!doctype/i.test(source.slice(at, at + 9))) root.doctype = true;
      at = end < 0 ? source.length : end + 1;
      continue;
    }
    if (follows === '/') {
      const end = source.indexOf('>', at);
      const name = source.slice(at + 2, end < 0 ? source.length : end).trim().toLowerCase();
      at = end < 0 ? source.length : end + 1;
      close([name], null);
      continue;
    }
    if (!/[a-zA-Z]/.test(follows)) { text('<'); at++; continue; }
    let i = at + 1;
    while (i < source.length && !/[\s/>]/.test(source[i])) i++;
    const tag = source.slice(at + 1, i).toLowerCase();
    const attributes = [];
    let closed = false;
    for (;;) {
      while (i < source.length && /[\s/]/.test(source[i])) { closed = source[i] === '/'; i++; }
      if (i >= source.length || source[i] === '>') { i++; break; }
      closed = false;
      let start = i;
      while (i < source.length && !/[\s=/>]/.test(source[i])) i++;
      if (i === start) i++;
      const name = source.slice(start, i).toLowerCase();
      let value = '';
      let j = i;
      while (j < source.length && /\s/.test(source[j])) j++;
      if (source[j] === '=') {
        i = j + 1;
        while (i < source.length && /\s/.test(source[i])) i++;
        const quote = source[i];
        if (quote === '"' || quote === "'") {
          let end = source.indexOf(quote, i + 1);
          if (end < 0) end = source.length;
          value = source.slice(i + 1, end);
          i = end + 1;
        } else {
          start = i;
          while (i < source.length && !/[\s>]/.test(source[i])) i++;
          value = source.slice(start, i);
        }
      }
      if (!attributes.some((known) => known[0] === name)) attributes.push([name, decode(value)]);
    }
    at = i;
    if (ENDS[tag]) while (close(ENDS[tag], FENCES)) { /* a row ends its cells and the row before */ }
    if (ENDS_P.has(tag)) close(['p'], FENCES);
    countNode();
    const node = { tag, attributes, kids: [] };
    top().kids.push(node);
    if (VOID.has(tag)) continue;
    if (RAW.has(tag)) {
      const ending = source.slice(at).search(new RegExp('</' + tag + '[\\s/>]', 'i'));
      const raw = ending < 0 ? source.slice(at) : source.slice(at, at + ending);
      if (raw !== '') node.kids.push({ text: tag === 'textarea' || tag === 'title' ? decode(raw) : raw });
      const end = ending < 0 ? -1 : source.indexOf('>', at + ending);
      at = end < 0 ? source.length : end + 1;
      continue;
    }
    if (closed && (tag === 'path' || tag === 'circle' || tag === 'rect' || tag === 'line')) continue;
    if (open.length > MOST_DEPTH) throw new RangeError('The page nests more than ' + MOST_DEPTH + ' elements.');
    open.push(node);
  }
  return root;
}
