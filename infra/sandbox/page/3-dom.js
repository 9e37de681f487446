// The page: nodes, events, forms. What browsers lay out and paint is not here.
const page = { document: null, focused: null, hovered: null, scope: null, css: '', rules: null, sheetKey: null, view: { width: 1024, height: 768 }, learner: null, console: null };
const contains = (outer, inner) => { for (let one = inner; one; one = one._parent) if (one === outer) return true; return false; };
const classesOf = (element) => (element._attributes.get('class') ?? '').split(/\s+/).filter((one) => one !== '');
const hidden = (object, values) => { for (const key of Object.keys(values)) Object.defineProperty(object, key, { value: values[key], writable: true, configurable: true, enumerable: false }); };

class DOMException extends Error { constructor(message, name = 'Error') { super(message); Object.defineProperty(this, 'name', { value: name }); } }

class Event {
  constructor(type, options = {}) {
    hidden(this, { _stop: false, _halt: false, _prevented: false });
    this.type = String(type);
    this.bubbles = !!options?.bubbles;
    this.cancelable = !!options?.cancelable;
    this.composed = !!options?.composed;
    this.target = null;
    this.currentTarget = null;
    this.eventPhase = 0;
    this.isTrusted = false;
    this.timeStamp = 0;
    for (const name of this.constructor._extra ?? []) this[name] = options?.[name] ?? EVENT_DEFAULTS[name];
  }
  get defaultPrevented() { return this._prevented; }
  get srcElement() { return this.target; }
  preventDefault() { if (this.cancelable) this._prevented = true; }
  stopPropagation() { this._stop = true; }
  stopImmediatePropagation() { this._stop = this._halt = true; }
  composedPath() { const path = []; for (let one = this.target; one; one = one._parent) path.push(one); return path; }
}
const EVENT_DEFAULTS = { detail: null, key: '', code: '', altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, repeat: false, button: 0, buttons: 0, clientX: 0, clientY: 0, pageX: 0, pageY: 0, data: null, inputType: '', submitter: null, relatedTarget: null, deltaX: 0, deltaY: 0 };
class CustomEvent extends Event { static _extra = ['detail']; }
class UIEvent extends Event { static _extra = ['detail']; }
class MouseEvent extends UIEvent { static _extra = ['detail', 'button', 'buttons', 'clientX', 'clientY', 'pageX', 'pageY', 'altKey', 'ctrlKey', 'metaKey', 'shiftKey', 'relatedTarget']; }
class PointerEvent extends MouseEvent { }
class WheelEvent extends MouseEvent { static _extra = [...MouseEvent._extra, 'deltaX', 'deltaY']; }
class KeyboardEvent extends UIEvent { static _extra = ['key', 'code', 'altKey', 'ctrlKey', 'metaKey', 'shiftKey', 'repeat']; }
class InputEvent extends UIEvent { static _extra = ['data', 'inputType']; }
class FocusEvent extends UIEvent { static _extra = ['relatedTarget']; }
class SubmitEvent extends Event { static _extra = ['submitter']; }

class EventTarget {
  constructor() { hidden(this, { _listeners: [], _on: null }); }
  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return;
    const capture = typeof options === 'boolean' ? options : !!options?.capture;
    const key = String(type);
    if (this._listeners.length > 10000) throw new RangeError('Too many listeners.');
    if (this._listeners.some((one) => one.type === key && one.listener === listener && one.capture === capture)) return;
    const entry = { type: key, listener, capture, once: !!options?.once };
    this._listeners = [...this._listeners, entry];
    options?.signal?.addEventListener?.('abort', () => this.removeEventListener(key, listener, capture));
  }
  removeEventListener(type, listener, options) {
    const capture = typeof options === 'boolean' ? options : !!options?.capture;
    this._listeners = this._listeners.filter((one) => !(one.type === String(type) && one.listener === listener && one.capture === capture));
  }
  dispatchEvent(event) { return dispatch(this, event); }
}
// onclick and the like: properties of their own, that attributes set too
const ON = ('click dblclick mousedown mouseup mouseover mouseout mouseenter mouseleave mousemove keydown keyup keypress input change submit reset focus blur load DOMContentLoaded scroll resize toggle pointerdown pointerup wheel contextmenu drop dragstart dragover').split(' ');
for (const type of ON) {
  Object.defineProperty(EventTarget.prototype, 'on' + type, {
    get() { return this._on?.get(type) ?? null; },
    set(value) { (this._on ??= new Map()).set(type, typeof value === 'function' ? value : null); },
    configurable: true,
  });
}

function dispatch(target, event) {
  const path = [];
  for (let one = target; one; one = one._parent) path.push(one);
  if (path.at(-1) === page.document && page.window) path.push(page.window);
  event.target = target;
  const call = (node, capture) => {
    if (event._stop) return;
    event.currentTarget = node;
    for (const entry of node._listeners) {
      if (event._halt) return;
      if (entry.type !== event.type || (node !== target && entry.capture !== capture) || (node === target && entry.capture !== capture)) continue;
      if (!node._listeners.includes(entry)) continue;
      if (entry.once) node._listeners = node._listeners.filter((one) => one !== entry);
      attempt(() => (typeof entry.listener === 'function' ? page.call(entry.listener, node, event) : entry.listener.handleEvent(event)));
    }
    if (!capture && !event._halt) {
      const own = node._on?.get(event.type);
      if (own) attempt(() => { if (page.call(own, node, event) === false) event.preventDefault(); });
    }
  };
  const undo = before(target, event);
  for (let i = path.length - 1; i >= 0; i--) { event.eventPhase = i === 0 ? 2 : 1; call(path[i], true); }
  for (let i = 0; i < path.length; i++) { if (i > 0 && !event.bubbles) break; event.eventPhase = i === 0 ? 2 : 3; call(path[i], false); }
  event.currentTarget = null;
  event.eventPhase = 0;
  if (event._prevented) undo?.();
  else after(target, event);
  return !event._prevented;
}

/** What a listener throws is the page's error, not that of whoever dispatched. */
function attempt(action) {
  try { action(); } catch (error) { if (isLimit(error)) throw error; page.fault(error); }
}

// a checkbox is ticked before its listeners run, and unticked where they prevent it
function before(target, event) {
  if (event.type !== 'click' || target._tag !== 'input') return null;
  const type = typeOf(target), was = target._checkedNow;
  if (type === 'checkbox' && !isDisabled(target)) { target._checkedNow = !was; return () => { target._checkedNow = was; }; }
  if (type === 'radio' && !isDisabled(target)) {
    const others = radiosWith(target), chosen = others.find((one) => one._checkedNow);
    setChecked(target, true);
    return () => { setChecked(target, false); if (chosen) chosen._checkedNow = true; };
  }
  return null;
}

function after(target, event) {
  if (event.type !== 'click' || target._tag === undefined) {
    if (event.type === 'reset' && target._tag === 'form') resetFields(target);
    return;
  }
  for (let one = target; one && one._tag !== undefined; one = one._parent) {
    if (one._tag === 'input' && checkable(one)) { if (one === target) { fire(one, 'input', { bubbles: true }); fire(one, 'change', { bubbles: true }); } return; }
    if (one._tag === 'button' || (one._tag === 'input' && ['submit', 'reset', 'image'].includes(typeOf(one)))) {
      if (isDisabled(one)) return;
      const form = formOf(one), type = one._tag === 'button' ? (one._attributes.get('type') ?? 'submit').toLowerCase() : typeOf(one);
      if (form && type === 'submit') submit(form, one);
      else if (form && type === 'reset') fire(form, 'reset', { bubbles: true, cancelable: true });
      return;
    }
    if (one._tag === 'label') {
      const to = one._attributes.get('for');
      const field = to !== undefined ? select(page.document, '#' + cssEscape(to), true) : descendantElements(one).find(isField);
      if (field && !contains(field, target)) field.click();
      return;
    }
    if (one._tag === 'summary' && one._parent?._tag === 'details') {
      if (one._parent._attributes.has('open')) one._parent.removeAttribute('open'); else one._parent.setAttribute('open', '');
      fire(one._parent, 'toggle', {});
      return;
    }
  }
}

const fire = (target, type, options, Type = Event) => { const event = new Type(type, options); event.isTrusted = true; return dispatch(target, event); };
const cssEscape = (text) => String(text).replace(/[^\w\u00a0-\uffff-]/g, (c) => '\\' + c).replace(/^(\d)/, '\\3$1 ');

function submit(form, submitter) {
  if (!form._attributes.has('novalidate') && fieldsOf(form).some((field) => faultOf(field) !== '')) {
    for (const field of fieldsOf(form)) if (faultOf(field) !== '') fire(field, 'invalid', { cancelable: true });
    return;
  }
  fire(form, 'submit', { bubbles: true, cancelable: true, submitter }, SubmitEvent);
}

class NodeList {
  constructor(items) { items.forEach((item, i) => { this[i] = item; }); hidden(this, { _items: items }); }
  get length() { return this._items.length; }
  item(i) { return this._items[i] ?? null; }
  forEach(callback, self) { for (let i = 0; i < this._items.length; i++) page.call(callback, self, this._items[i], i, this); }
  entries() { return this._items.entries(); }
  keys() { return this._items.keys(); }
  values() { return this._items.values(); }
  namedItem(name) { return this._items.find((one) => one.id === name || one.getAttribute?.('name') === name) ?? null; }
  [Symbol.iterator]() { return this._items[Symbol.iterator](); }
}
class HTMLCollection extends NodeList { }

class Node extends EventTarget {
  constructor() { super(); countNode(); hidden(this, { _parent: null, _kids: [], _tag: undefined, _text: undefined }); }
  get nodeType() { return this._tag !== undefined ? 1 : this._comment ? 8 : this._text !== undefined ? 3 : this === page.document ? 9 : 11; }
  get nodeName() { return this._tag !== undefined ? this._tag.toUpperCase() : this._comment ? '#comment' : this._text !== undefined ? '#text' : this === page.document ? '#document' : '#document-fragment'; }
  get nodeValue() { return this._text ?? null; }
  set nodeValue(value) { if (this._text !== undefined) this._text = String(value ?? ''); }
  get parentNode() { return this._parent; }
  get parentElement() { return this._parent?._tag !== undefined ? this._parent : null; }
  get childNodes() { return new NodeList([...this._kids]); }
  get firstChild() { return this._kids[0] ?? null; }
  get lastChild() { return this._kids.at(-1) ?? null; }
  get nextSibling() { return this._parent ? this._parent._kids[this._parent._kids.indexOf(this) + 1] ?? null : null; }
  get previousSibling() { return this._parent ? this._parent._kids[this._parent._kids.indexOf(this) - 1] ?? null : null; }
  get ownerDocument() { return this === page.document ? null : page.document; }
  get isConnected() { return contains(page.document, this); }
  get textContent() { return this === page.document ? null : textOf(this); }
  set textContent(value) { setText(this, value); }
  hasChildNodes() { return this._kids.length > 0; }
  contains(other) { return other !== null && other !== undefined && contains(this, other); }
  getRootNode() { let one = this; while (one._parent) one = one._parent; return one; }
  appendChild(node) { return insert(this, node, this._kids.length); }
  insertBefore(node, reference) {
    if (reference === null || reference === undefined) return insert(this, node, this._kids.length);
    const at = this._kids.indexOf(reference);
    if (at < 0) throw new DOMException('The node before which the new node is to be inserted is not a child of this node.', 'NotFoundError');
    return insert(this, node, at);
  }
  removeChild(node) {
    if (!this._kids.includes(node)) throw new DOMException('The node to be removed is not a child of this node.', 'NotFoundError');
    detach(node);
    return node;
  }
  replaceChild(node, old) { this.insertBefore(node, old); return this.removeChild(old); }
  cloneNode(deep) { return copy(this, !!deep); }
  normalize() { }
  isEqualNode(other) { return other instanceof Node && serialize(this) === serialize(other); }
  isSameNode(other) { return this === other; }
  compareDocumentPosition(other) { return this === other ? 0 : contains(this, other) ? 20 : contains(other, this) ? 10 : 4; }
  append(...nodes) { for (const node of nodes) insert(this, asNode(node), this._kids.length); }
  prepend(...nodes) { nodes.forEach((node, i) => insert(this, asNode(node), i)); }
  replaceChildren(...nodes) { for (const kid of [...this._kids]) detach(kid); this.append(...nodes); }
  remove() { detach(this); }
  before(...nodes) { for (const node of nodes) if (this._parent) insert(this._parent, asNode(node), this._parent._kids.indexOf(this)); }
  after(...nodes) { for (const node of nodes.reverse()) if (this._parent) insert(this._parent, asNode(node), this._parent._kids.indexOf(this) + 1); }
  replaceWith(...nodes) { this.before(...nodes); detach(this); }
  querySelector(selector) { return select(this, String(selector), true); }
  querySelectorAll(selector) { return new NodeList(select(this, String(selector), false)); }
  getElementsByTagName(tag) { return new HTMLCollection(descendantElements(this).filter((one) => tag === '*' || one._tag === String(tag).toLowerCase())); }
  getElementsByClassName(names) { const wanted = String(names).split(/\s+/).filter((one) => one); return new HTMLCollection(descendantElements(this).filter((one) => wanted.every((name) => classesOf(one).includes(name)))); }
  get children() { return new HTMLCollection(elementKids(this)); }
  get childElementCount() { return elementKids(this).length; }
  get firstElementChild() { return elementKids(this)[0] ?? null; }
  get lastElementChild() { return elementKids(this).at(-1) ?? null; }
  get nextElementSibling() { const all = this._parent ? elementKids(this._parent) : []; return all[all.indexOf(this) + 1] ?? null; }
  get previousElementSibling() { const all = this._parent ? elementKids(this._parent) : []; return all[all.indexOf(this) - 1] ?? null; }
}
Object.assign(Node, { ELEMENT_NODE: 1, TEXT_NODE: 3, COMMENT_NODE: 8, DOCUMENT_NODE: 9, DOCUMENT_FRAGMENT_NODE: 11 });

class CharacterData extends Node {
  get data() { return this._text; }
  set data(value) { this._text = String(value); }
  get length() { return this._text.length; }
}
class Text extends CharacterData { constructor(text = '') { super(); this._text = String(text); } get wholeText() { return this._text; } }
class Comment extends CharacterData { constructor(text = '') { super(); this._text = String(text); hidden(this, { _comment: true }); } }
class DocumentFragment extends Node { getElementById(id) { return descendantElements(this).find((one) => one.id === String(id)) ?? null; } }

const asNode = (value) => (value instanceof Node ? value : new Text(String(value)));
const textOf = (node) => (node._comment ? '' : node._text ?? node._kids.map((kid) => (kid._comment ? '' : textOf(kid))).join(''));
function setText(node, value) {
  if (node._text !== undefined) { node._text = String(value ?? ''); return; }
  for (const kid of [...node._kids]) detach(kid);
  if (value !== null && value !== undefined && String(value) !== '') insert(node, new Text(String(value)), 0);
}
function detach(node) {
  const parent = node._parent;
  if (!parent) return;
  parent._kids = parent._kids.filter((kid) => kid !== node);
  node._parent = null;
  if (page.focused && contains(node, page.focused)) page.focused = null;
}
function insert(parent, node, at) {
  if (!(node instanceof Node)) throw new page.learner.TypeError("What is to be inserted is not a node.");
  if (contains(node, parent)) throw new DOMException('The new child contains the parent.', 'HierarchyRequestError');
  if (parent._text !== undefined) throw new DOMException('This node cannot have children.', 'HierarchyRequestError');
  const incoming = node instanceof DocumentFragment ? [...node._kids] : [node];
  const reference = parent._kids[at];
  for (const one of incoming) detach(one);
  let index = reference === undefined || incoming.includes(reference) ? Math.min(at, parent._kids.length) : parent._kids.indexOf(reference);
  const kids = [...parent._kids];
  kids.splice(index, 0, ...incoming);
  parent._kids = kids;
  for (const one of incoming) one._parent = parent;
  if (parent.isConnected) for (const one of incoming) page.inserted?.(one);
  return node;
}
function copy(node, deep) {
  let made;
  if (node._tag !== undefined) { made = createElement(node._tag); for (const [name, value] of node._attributes) made.setAttribute(name, value); made._checkedNow = node._checkedNow; made._valueNow = node._valueNow; }
  else if (node._comment) made = new Comment(node._text);
  else if (node._text !== undefined) made = new Text(node._text);
  else made = new DocumentFragment();
  if (deep) for (const kid of node._kids) insert(made, copy(kid, true), made._kids.length);
  return made;
}

const escapeText = (text) => text.replace(/[&<>\u00a0]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '\u00a0': '&nbsp;' })[c]);
function serialize(node) {
  if (node._comment) return `<!--${node._text}-->`;
  if (node._text !== undefined) return node._parent && RAW.has(node._parent._tag) && node._parent._tag !== 'textarea' && node._parent._tag !== 'title' ? node._text : escapeText(node._text);
  const inner = node._kids.map(serialize).join('');
  if (node._tag === undefined) return inner;
  const attributes = [...node._attributes].map(([name, value]) => ` ${name}="${value.replace(/[&"\u00a0]/g, (c) => ({ '&': '&amp;', '"': '&quot;', '\u00a0': '&nbsp;' })[c])}"`).join('');
  return VOID.has(node._tag) ? `<${node._tag}${attributes}>` : `<${node._tag}${attributes}>${inner}</${node._tag}>`;
}
function build(plain, parent) {
  const kids = [];
  for (const one of plain.kids) {
    let node;
    if (one.text !== undefined) node = new Text(one.text);
    else if (one.comment !== undefined) node = new Comment(one.comment);
    else { node = createElement(one.tag); for (const [name, value] of one.attributes) node.setAttribute(name, value); build(one, node); }
    node._parent = parent;
    kids.push(node);
  }
  parent._kids = [...parent._kids, ...kids];
  return parent;
}

class TokenList {
  constructor(element) { hidden(this, { _element: element }); }
  get _all() { return [...new Set(classesOf(this._element))]; }
  _set(all) { this._element.setAttribute('class', all.join(' ')); }
  _check(token) { const text = String(token); if (text === '' || /\s/.test(text)) throw new DOMException('A class name is not empty and has no spaces.', text === '' ? 'SyntaxError' : 'InvalidCharacterError'); return text; }
  get length() { return this._all.length; }
  get value() { return this._element.getAttribute('class') ?? ''; }
  set value(text) { this._element.setAttribute('class', text); }
  add(...tokens) { const all = this._all; for (const token of tokens.map(this._check)) if (!all.includes(token)) all.push(token); this._set(all); }
  remove(...tokens) { const gone = tokens.map(this._check); if (this._element._attributes.has('class')) this._set(this._all.filter((one) => !gone.includes(one))); }
  toggle(token, force) { const name = this._check(token), has = this._all.includes(name); if (has && force !== true) { this.remove(name); return false; } if (!has && force !== false) this.add(name); return !has ? force !== false : true; }
  contains(token) { return this._all.includes(String(token)); }
  replace(old, next) { const all = this._all, at = all.indexOf(String(old)); if (at < 0) return false; all[at] = this._check(next); this._set([...new Set(all)]); return true; }
  item(i) { return this._all[i] ?? null; }
  forEach(callback, self) { this._all.forEach((one, i) => page.call(callback, self, one, i, this)); }
  [Symbol.iterator]() { return this._all[Symbol.iterator](); }
  toString() { return this.value; }
}

const camel = (name) => name.replace(/-([a-z])/g, (_, c) => c.toUpperCase());
const kebab = (name) => (name.startsWith('--') ? name : name === 'cssFloat' ? 'float' : name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()));
function styleOf(element) {
  const read = () => new Map(parseInline(element._attributes.get('style') ?? '').map((one) => [one.name, one]));
  const write = (all) => { if (all.size === 0) element._attributes.delete('style'); else element._attributes.set('style', [...all.values()].map((one) => `${one.name}: ${one.value}${one.important ? ' !important' : ''};`).join(' ')); };
  const get = (name) => { const all = read(); if (all.has(name)) return all.get(name).value; const longs = SHORTHANDS[name]?.(); return longs && longs.every((long) => all.has(long)) ? [...new Set(longs.map((long) => all.get(long).value))].join(' ') : ''; };
  const set = (name, value, priority) => {
    const all = read();
    const text = value === null || value === undefined ? '' : String(value).trim();
    for (const long of [name, ...(SHORTHANDS[name]?.() ?? [])]) all.delete(long);
    if (text !== '') { const into = []; declaration(`${name}: ${text}${priority === 'important' ? ' !important' : ''}`, into); for (const one of into) all.set(one.name, one); }
    write(all);
  };
  const methods = {
    setProperty: (name, value, priority) => set(kebab(String(name)), value, priority), getPropertyValue: (name) => get(kebab(String(name))), getPropertyPriority: (name) => (read().get(String(name))?.important ? 'important' : ''),
    removeProperty: (name) => { const was = get(kebab(String(name))); set(kebab(String(name)), ''); return was; }, item: (i) => [...read().keys()][i] ?? '',
  };
  return new Proxy({}, {
    get: (_, name) => (typeof name !== 'string' ? undefined : Object.hasOwn(methods, name) ? methods[name] : name === 'cssText' ? element._attributes.get('style') ?? '' : name === 'length' ? read().size : get(kebab(name))),
    set: (_, name, value) => { if (typeof name === 'string') { if (name === 'cssText') element.setAttribute('style', value); else set(kebab(name), value); } return true; },
    has: (_, name) => typeof name === 'string',
  });
}

class Element extends Node {
  constructor(tag) { super(); this._tag = tag; hidden(this, { _attributes: new Map(), _checkedNow: false, _valueNow: null, _selectedNow: null, _classList: null, _style: null, _custom: '' }); }
  get tagName() { return this._tag.toUpperCase(); }
  get localName() { return this._tag; }
  get id() { return this._attributes.get('id') ?? ''; }
  set id(value) { this.setAttribute('id', value); }
  get className() { return this._attributes.get('class') ?? ''; }
  set className(value) { this.setAttribute('class', value); }
  get classList() { return (this._classList ??= new TokenList(this)); }
  set classList(value) { this.setAttribute('class', value); }
  get attributes() { return new NodeList([...this._attributes].map(([name, value]) => ({ name, value, nodeName: name }))); }
  getAttribute(name) { return this._attributes.get(String(name).toLowerCase()) ?? null; }
  setAttribute(name, value) {
    const key = String(name).toLowerCase();
    if (!/^[^\s"'<>/=]+$/.test(key)) throw new DOMException(`'${key}' is not a valid attribute name.`, 'InvalidCharacterError');
    this._attributes.set(key, String(value));
    if (key === 'checked' && !this._touched) this._checkedNow = true;
    if (key.startsWith('on')) this['on' + key.slice(2)] = page.handler(String(value));
  }
  removeAttribute(name) { const key = String(name).toLowerCase(); this._attributes.delete(key); if (key === 'checked') this._checkedNow = false; if (key.startsWith('on')) this['on' + key.slice(2)] = null; }
  hasAttribute(name) { return this._attributes.has(String(name).toLowerCase()); }
  hasAttributes() { return this._attributes.size > 0; }
  getAttributeNames() { return [...this._attributes.keys()]; }
  toggleAttribute(name, force) { const has = this.hasAttribute(name); if (has && force !== true) { this.removeAttribute(name); return false; } if (!has && force !== false) this.setAttribute(name, ''); return this.hasAttribute(name); }
  get innerHTML() { return this._kids.map(serialize).join(''); }
  set innerHTML(html) { for (const kid of [...this._kids]) detach(kid); build(parseHtml(String(html ?? '')), this); }
  get outerHTML() { return serialize(this); }
  set outerHTML(html) { const made = build(parseHtml(String(html)), new DocumentFragment()); this.replaceWith(made); }
  get innerText() { return textOf(this); }
  set innerText(value) { setText(this, value); }
  insertAdjacentHTML(where, html) { this._adjacent(where, build(parseHtml(String(html)), new DocumentFragment())); }
  insertAdjacentText(where, text) { this._adjacent(where, new Text(text)); }
  insertAdjacentElement(where, element) { this._adjacent(where, element); return element; }
  _adjacent(where, node) {
    const at = String(where).toLowerCase();
    if (at === 'beforebegin') this.before(node); else if (at === 'afterbegin') this.prepend(node); else if (at === 'beforeend') this.append(node); else if (at === 'afterend') this.after(node);
    else throw new DOMException(`'${where}' is not a place beside an element.`, 'SyntaxError');
  }
  matches(selector) { return matchesAny(this, parseSelectors(selector)); }
  closest(selector) { const selectors = parseSelectors(selector); for (let one = this; one && one._tag !== undefined; one = one._parent) if (matchesAny(one, selectors)) return one; return null; }
  getBoundingClientRect() { return { x: 0, y: 0, top: 0, left: 0, right: 0, bottom: 0, width: 0, height: 0 }; }
  getClientRects() { return []; }
  scrollIntoView() { }
  scrollTo() { }
  animate() { return { finished: page.learner.Promise.resolve(), cancel() { }, play() { }, pause() { } }; }
  get clientWidth() { return 0; } get clientHeight() { return 0; } get offsetWidth() { return 0; } get offsetHeight() { return 0; } get offsetTop() { return 0; } get offsetLeft() { return 0; } get scrollHeight() { return 0; }
  get role() { return this.getAttribute('role'); } set role(value) { this.setAttribute('role', value); }
}

class HTMLElement extends Element {
  get style() { return (this._style ??= styleOf(this)); }
  set style(text) { this.setAttribute('style', text); }
  get dataset() {
    const key = (name) => 'data-' + name.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase());
    return new Proxy({}, {
      get: (_, name) => (typeof name === 'string' ? this._attributes.get(key(name)) : undefined), set: (_, name, value) => { if (typeof name === 'string') this.setAttribute(key(name), value); return true; },
      has: (_, name) => typeof name === 'string' && this._attributes.has(key(name)), deleteProperty: (_, name) => { if (typeof name === 'string') this._attributes.delete(key(name)); return true; },
      ownKeys: () => [...this._attributes.keys()].filter((one) => one.startsWith('data-')).map((one) => camel(one.slice(5))),
      getOwnPropertyDescriptor: (_, name) => (typeof name === 'string' && this._attributes.has(key(name)) ? { value: this._attributes.get(key(name)), writable: true, enumerable: true, configurable: true } : undefined),
    });
  }
  click() { if (!isDisabled(this)) fire(this, 'click', { bubbles: true, cancelable: true }, MouseEvent); }
  focus() {
    if (page.focused === this || isDisabled(this)) return;
    const was = page.focused;
    if (was) was.blur();
    page.focused = this;
    fire(this, 'focus', { relatedTarget: was }, FocusEvent);
    fire(this, 'focusin', { bubbles: true, relatedTarget: was }, FocusEvent);
  }
  blur() { if (page.focused !== this) return; page.focused = null; fire(this, 'blur', {}, FocusEvent); fire(this, 'focusout', { bubbles: true }, FocusEvent); }
  get hidden() { return this._attributes.has('hidden'); } set hidden(value) { this.toggleAttribute('hidden', !!value); }
  get tabIndex() { return parseInt(this.getAttribute('tabindex') ?? (this._tag === 'a' || isField(this) ? '0' : '-1'), 10); } set tabIndex(value) { this.setAttribute('tabindex', value); }
  get contentEditable() { return this.getAttribute('contenteditable') ?? 'inherit'; } set contentEditable(value) { this.setAttribute('contenteditable', value); }
  get form() { return formOf(this); }
  // fields
  get value() { return this._tag === 'li' || this._tag === 'progress' || this._tag === 'meter' ? Number(this.getAttribute('value') ?? 0) : isField(this) ? fieldValue(this) : undefined; }
  set value(value) { if (isField(this) && this._tag !== 'fieldset') setFieldValue(this, value === null ? '' : String(value)); else if (this._tag === 'progress' || this._tag === 'li' || this._tag === 'meter') this.setAttribute('value', value); else Object.defineProperty(this, 'value', { value, writable: true, configurable: true, enumerable: true }); }
  get defaultValue() { return this._tag === 'textarea' ? textOf(this) : this.getAttribute('value') ?? ''; } set defaultValue(value) { this.setAttribute('value', value); }
  get valueAsNumber() { const text = fieldValue(this); return text === '' ? NaN : Number(text); } set valueAsNumber(value) { setFieldValue(this, String(value)); }
  get checked() { return this._tag === 'input' ? !!this._checkedNow : undefined; } set checked(value) { hidden(this, { _touched: true }); if (typeOf(this) === 'radio') setChecked(this, !!value); else this._checkedNow = !!value; }
  get type() { return this._tag === 'button' ? (this.getAttribute('type') ?? 'submit') : this._tag === 'input' ? typeOf(this) : this._tag === 'textarea' || this._tag === 'select' ? (this._tag === 'select' ? 'select-one' : 'textarea') : this.getAttribute('type') ?? ''; } set type(value) { this.setAttribute('type', value); }
  get selected() { return this._tag === 'option' ? optionSelected(this) : undefined; } set selected(value) { const parent = this.closest('select'); if (parent && !parent.multiple && value) for (const one of select(parent, 'option', false)) one._selectedNow = false; this._selectedNow = !!value; }
  get options() { return this._tag === 'select' ? new HTMLCollection(select(this, 'option', false)) : undefined; }
  get selectedOptions() { return new HTMLCollection(select(this, 'option', false).filter(optionSelected)); }
  get selectedIndex() { return select(this, 'option', false).findIndex(optionSelected); } set selectedIndex(index) { select(this, 'option', false).forEach((one, i) => { one._selectedNow = i === Number(index); }); }
  get elements() { return this._tag === 'form' || this._tag === 'fieldset' ? formElements(this) : undefined; }
  get length() { return this._tag === 'form' ? fieldsOf(this).length : this._tag === 'select' ? select(this, 'option', false).length : undefined; }
  get files() { return this._tag === 'input' && typeOf(this) === 'file' ? new NodeList([]) : undefined; }
  get labels() { return new NodeList(descendantElements(page.document).filter((one) => one._tag === 'label' && (one.getAttribute('for') === this.id && this.id !== '' || contains(one, this)))); }
  submit() { } requestSubmit(submitter) { submit(this, submitter ?? null); } reset() { fire(this, 'reset', { bubbles: true, cancelable: true }); } select() { } setSelectionRange() { }
  checkValidity() { const bad = this._tag === 'form' ? fieldsOf(this).filter((one) => faultOf(one) !== '') : faultOf(this) !== '' ? [this] : []; for (const one of bad) fire(one, 'invalid', { cancelable: true }); return bad.length === 0; }
  reportValidity() { return this.checkValidity(); }
  setCustomValidity(text) { this._custom = String(text); }
  get validationMessage() { return faultOf(this); }
  get willValidate() { return isField(this) && !isDisabled(this); }
  get validity() { const fault = faultOf(this); return { valid: fault === '', valueMissing: fault === FAULTS.missing, typeMismatch: fault === FAULTS.type, patternMismatch: fault === FAULTS.pattern, tooShort: fault === FAULTS.short, tooLong: fault === FAULTS.long, rangeUnderflow: fault === FAULTS.under, rangeOverflow: fault === FAULTS.over, customError: this._custom !== '' }; }
  // dialogs, details, tables, templates, labels
  show() { this.setAttribute('open', ''); } showModal() { this.setAttribute('open', ''); } close(result) { this.removeAttribute('open'); if (result !== undefined) hidden(this, { _result: String(result) }); fire(this, 'close', {}); } get returnValue() { return this._result ?? ''; }
  get content() { if (this._tag !== 'template') return this.getAttribute('content') ?? undefined; if (!this._content) { const fragment = new DocumentFragment(); for (const kid of [...this._kids]) insert(fragment, kid, fragment._kids.length); hidden(this, { _content: fragment }); } return this._content; } set content(value) { this.setAttribute('content', value); }
  get rows() { return this._tag === 'textarea' ? Number(this.getAttribute('rows') ?? 2) : new HTMLCollection(select(this, 'tr', false)); } get cells() { return new HTMLCollection(elementKids(this).filter((one) => one._tag === 'td' || one._tag === 'th')); }
  insertRow() { const row = createElement('tr'); (select(this, 'tbody', true) ?? this).appendChild(row); return row; } insertCell() { return this.appendChild(createElement('td')); }
  get htmlFor() { return this.getAttribute('for') ?? ''; } set htmlFor(value) { this.setAttribute('for', value); }
  get sheet() { return null; }
}
// properties that only mirror an attribute
const MIRRORED = { title: 'title', lang: 'lang', dir: 'dir', name: 'name', placeholder: 'placeholder', alt: 'alt', href: 'href', src: 'src', rel: 'rel', target: 'target', action: 'action', method: 'method', min: 'min', max: 'max', step: 'step', pattern: 'pattern', autocomplete: 'autocomplete', media: 'media', charset: 'charset', label: 'label', accessKey: 'accesskey', colSpan: 'colspan', rowSpan: 'rowspan', cols: 'cols', start: 'start', width: 'width', height: 'height', scope: 'scope', ariaLabel: 'aria-label', ariaExpanded: 'aria-expanded', ariaHidden: 'aria-hidden', ariaChecked: 'aria-checked', ariaPressed: 'aria-pressed', ariaSelected: 'aria-selected', ariaLive: 'aria-live', loading: 'loading', srcset: 'srcset', httpEquiv: 'http-equiv' };
for (const [property, attribute] of Object.entries(MIRRORED)) Object.defineProperty(HTMLElement.prototype, property, { get() { const value = this.getAttribute(attribute); return property === 'method' ? value ?? 'get' : ['colSpan', 'rowSpan'].includes(property) ? Number(value ?? 1) : value ?? (property.startsWith('aria') ? null : ''); }, set(value) { this.setAttribute(attribute, value); }, configurable: true });
for (const [property, attribute] of Object.entries({ disabled: 'disabled', required: 'required', readOnly: 'readonly', multiple: 'multiple', autofocus: 'autofocus', open: 'open', noValidate: 'novalidate', defaultChecked: 'checked', defaultSelected: 'selected', draggable: 'draggable', controls: 'controls', async: 'async', defer: 'defer' })) {
  Object.defineProperty(HTMLElement.prototype, property, { get() { return this._attributes.has(attribute); }, set(value) { this.toggleAttribute(attribute, !!value); }, configurable: true });
}
for (const [property, attribute] of Object.entries({ maxLength: 'maxlength', minLength: 'minlength', size: 'size' })) Object.defineProperty(HTMLElement.prototype, property, { get() { return Number(this.getAttribute(attribute) ?? -1); }, set(value) { this.setAttribute(attribute, value); }, configurable: true });

const typeOf = (element) => (element._attributes.get('type') ?? 'text').toLowerCase();
const checkable = (element) => element._tag === 'input' && ['checkbox', 'radio'].includes(typeOf(element));
const formOf = (element) => { const id = element._attributes?.get('form'); if (id) return select(page.document, '#' + cssEscape(id), true); for (let one = element._parent; one; one = one._parent) if (one._tag === 'form') return one; return null; };
const fieldsOf = (form) => descendantElements(form._tag === 'form' ? page.document : form).filter((one) => isField(one) && one._tag !== 'option' && (form._tag !== 'form' || formOf(one) === form)).concat(form.isConnected || form._tag !== 'form' ? [] : descendantElements(form).filter((one) => isField(one) && one._tag !== 'option'));
function formElements(form) { const all = fieldsOf(form); const list = new HTMLCollection(all); for (const one of all) { const name = one._attributes.get('name') ?? one.id; if (name && !(name in list)) Object.defineProperty(list, name, { value: one, configurable: true }); } return list; }
const radiosWith = (radio) => { const name = radio._attributes.get('name'); return name === undefined ? [radio] : descendantElements(radio.getRootNode()).filter((one) => one._tag === 'input' && typeOf(one) === 'radio' && one._attributes.get('name') === name && formOf(one) === formOf(radio)); };
function setChecked(radio, on) { if (on) for (const one of radiosWith(radio)) one._checkedNow = false; radio._checkedNow = on; }
const optionSelected = (option) => { const parent = option.closest('select'); if (option._selectedNow !== null) return option._selectedNow; if (!parent) return option._attributes.has('selected'); const all = select(parent, 'option', false); if (parent._attributes.has('multiple')) return option._attributes.has('selected'); if (all.some((one) => one._selectedNow)) return false; const marked = all.filter((one) => one._attributes.has('selected')).at(-1); return marked ? marked === option : all.every((one) => one._selectedNow === null) && all[0] === option; };
function fieldValue(element) {
  switch (element._tag) {
    case 'select': { const chosen = select(element, 'option', false).find(optionSelected); return chosen ? fieldValue(chosen) : ''; }
    case 'option': return element._attributes.get('value') ?? textOf(element).trim();
    case 'textarea': return element._valueNow ?? textOf(element);
    case 'input': return checkable(element) ? element._attributes.get('value') ?? 'on' : element._valueNow ?? element._attributes.get('value') ?? (typeOf(element) === 'color' ? '#000000' : typeOf(element) === 'range' ? '50' : '');
    default: return element._attributes.get('value') ?? '';
  }
}
function setFieldValue(element, value) {
  if (element._tag === 'select') { for (const one of select(element, 'option', false)) one._selectedNow = fieldValue(one) === value; return; }
  if (element._tag === 'option' || element._tag === 'button' || checkable(element)) { element.setAttribute('value', value); return; }
  element._valueNow = element._tag === 'input' && typeOf(element) === 'number' && value !== '' && Number.isNaN(Number(value)) ? '' : element._tag === 'input' ? value.replace(/[\r\n]/g, '') : value;
}
function resetFields(form) { for (const one of fieldsOf(form)) { one._valueNow = null; one._checkedNow = one._attributes.has('checked'); if (one._tag === 'select') for (const option of select(one, 'option', false)) option._selectedNow = null; } }
const FAULTS = { missing: 'Please fill out this field.', type: 'Please enter a valid value.', pattern: 'Please match the requested format.', short: 'Please lengthen this text.', long: 'Please shorten this text.', under: 'The value is too small.', over: 'The value is too large.' };
function faultOf(element) {
  if (!isField(element) || element._tag === 'option' || element._tag === 'fieldset' || isDisabled(element)) return '';
  if (element._custom) return element._custom;
  const get = (name) => element._attributes.get(name), value = fieldValue(element), type = element._tag === 'input' ? typeOf(element) : '';
  if (element._tag === 'button' || ['submit', 'button', 'reset', 'hidden'].includes(type)) return '';
  if (element._attributes.has('required') && (type === 'checkbox' ? !element._checkedNow : type === 'radio' ? !radiosWith(element).some((one) => one._checkedNow) : value === '')) return FAULTS.missing;
  if (value === '' || checkable(element)) return '';
  if (type === 'email' && !/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)*$/.test(value)) return FAULTS.type;
  if (type === 'url' && !/^[a-z][a-z0-9+.-]*:\S+$/i.test(value)) return FAULTS.type;
  if (get('pattern') !== undefined && element._tag === 'input') { let pattern = null; try { pattern = new RegExp('^(?:' + get('pattern') + ')$', 'u'); } catch { /* a pattern that is none asks nothing */ } if (pattern && !pattern.test(value)) return FAULTS.pattern; }
  if (get('minlength') !== undefined && value.length < Number(get('minlength'))) return FAULTS.short;
  if (get('maxlength') !== undefined && value.length > Number(get('maxlength'))) return FAULTS.long;
  if (['number', 'range', 'date', 'time', 'month'].includes(type)) { const numeric = type === 'number' || type === 'range', n = numeric ? Number(value) : value; if (get('min') !== undefined && n < (numeric ? Number(get('min')) : get('min'))) return FAULTS.under; if (get('max') !== undefined && n > (numeric ? Number(get('max')) : get('max'))) return FAULTS.over; }
  return '';
}

const ELEMENT_CLASSES = {};
const classNames = { a: 'Anchor', button: 'Button', canvas: 'Canvas', details: 'Details', dialog: 'Dialog', div: 'Div', fieldset: 'FieldSet', form: 'Form', h1: 'Heading', h2: 'Heading', h3: 'Heading', h4: 'Heading', h5: 'Heading', h6: 'Heading', img: 'Image', input: 'Input', label: 'Label', li: 'LI', link: 'Link', ol: 'OList', option: 'Option', p: 'Paragraph', select: 'Select', span: 'Span', style: 'Style', table: 'Table', td: 'TableCell', th: 'TableCell', tr: 'TableRow', template: 'Template', textarea: 'TextArea', ul: 'UList', script: 'Script', body: 'Body', html: 'Html', progress: 'Progress' };
for (const name of new Set(Object.values(classNames))) { const type = `HTML${name}Element`; ELEMENT_CLASSES[type] = { [type]: class extends HTMLElement { } }[type]; }
function createElement(tag) { const type = Object.hasOwn(classNames, tag) ? ELEMENT_CLASSES[`HTML${classNames[tag]}Element`] : HTMLElement; return new type(tag); }

class Document extends Node {
  get documentElement() { return elementKids(this)[0] ?? null; }
  get head() { return select(this, 'head', true); }
  get body() { return select(this, 'body', true); }
  get title() { return (select(this, 'title', true)?.textContent ?? '').trim().replace(/\s+/g, ' '); }
  set title(value) { let title = select(this, 'title', true); if (!title) { title = createElement('title'); this.head.appendChild(title); } setText(title, value); }
  get forms() { return this.getElementsByTagName('form'); } get images() { return this.getElementsByTagName('img'); } get links() { return new HTMLCollection(select(this, 'a[href]', false)); } get scripts() { return this.getElementsByTagName('script'); }
  get activeElement() { return page.focused ?? this.body; }
  get defaultView() { return page.learner?.globalThis ?? null; }
  get readyState() { return page.ready ?? 'loading'; } get cookie() { return ''; } set cookie(_) { } get visibilityState() { return 'visible'; } get hidden() { return false; } get characterSet() { return 'UTF-8'; } get compatMode() { return 'CSS1Compat'; }
  get styleSheets() { return new NodeList([]); }
  getElementById(id) { const wanted = String(id); return descendantElements(this).find((one) => one._attributes.get('id') === wanted) ?? null; }
  getElementsByName(name) { return new NodeList(descendantElements(this).filter((one) => one.getAttribute('name') === String(name))); }
  createElement(tag) { const name = String(tag).toLowerCase(); if (!/^[a-z][\w.-]*$/.test(name)) throw new DOMException(`'${name}' is not a valid tag name.`, 'InvalidCharacterError'); return createElement(name); }
  createElementNS(_, tag) { return createElement(String(tag)); }
  createTextNode(text) { return new Text(text); }
  createComment(text) { return new Comment(text); }
  createDocumentFragment() { return new DocumentFragment(); }
  createEvent() { const event = new Event(''); event.initEvent = (type, bubbles, cancelable) => { event.type = String(type); event.bubbles = !!bubbles; event.cancelable = !!cancelable; }; return event; }
  importNode(node, deep) { return copy(node, !!deep); } adoptNode(node) { detach(node); return node; }
  hasFocus() { return true; } write() { throw new DOMException('document.write is not to be had here.', 'NotSupportedError'); }
}

/** Makes the document of a page's HTML: html, head and body are there whether they were written or not. */
function loadDocument(html) {
  const document = new Document();
  page.document = document;
  const plain = parseHtml(html);
  const root = createElement('html'), head = createElement('head'), body = createElement('body');
  const HEAD = new Set('title meta link style base'.split(' '));
  const mark = (element, one) => { for (const [name, value] of one.attributes) element.setAttribute(name, value); };
  const spread = (kids, inBody) => {
    for (const one of kids) {
      if (one.tag === 'html') { mark(root, one); spread(one.kids, false); }
      else if (one.tag === 'head') { mark(head, one); build({ kids: one.kids }, head); }
      else if (one.tag === 'body') { mark(body, one); build({ kids: one.kids }, body); inBody = true; }
      else if (!inBody && HEAD.has(one.tag)) build({ kids: [one] }, head);
      else if (inBody || one.tag !== undefined || (one.text ?? '').trim() !== '') { inBody = true; build({ kids: [one] }, body); }
    }
  };
  spread(plain.kids, false);
  insert(document, root, 0); insert(root, head, 0); insert(root, body, 1);
  page.doctype = !!plain.doctype;
  return document;
}

class FormData {
  constructor(form) { hidden(this, { _entries: [] }); if (form) for (const one of fieldsOf(form)) { const name = one._attributes.get('name'); if (!name || isDisabled(one) || one._tag === 'button' || one._tag === 'fieldset' || (checkable(one) && !one._checkedNow) || ['submit', 'button', 'reset'].includes(one._tag === 'input' ? typeOf(one) : '')) continue; this._entries.push([name, fieldValue(one)]); } }
  get(name) { return this._entries.find((one) => one[0] === name)?.[1] ?? null; } getAll(name) { return this._entries.filter((one) => one[0] === name).map((one) => one[1]); } has(name) { return this._entries.some((one) => one[0] === name); }
  append(name, value) { this._entries = [...this._entries, [String(name), String(value)]]; } set(name, value) { this.delete(name); this.append(name, value); } delete(name) { this._entries = this._entries.filter((one) => one[0] !== name); }
  forEach(callback) { for (const [name, value] of this._entries) page.call(callback, undefined, value, name, this); } entries() { return this._entries.map((one) => [...one]).values(); } keys() { return this._entries.map((one) => one[0]).values(); } values() { return this._entries.map((one) => one[1]).values(); } [Symbol.iterator]() { return this.entries(); }
}
