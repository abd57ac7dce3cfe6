// The banner's style. A shop sets its own colours with --opportune-accent, -on-accent, -paper and -ink on its root element. It is dark
// where the page itself is, by `color-scheme`: not where only the device would like it to be.

export const STYLE = `
:host{all:initial;color-scheme:inherit}
section{--accent:var(--opportune-accent,#14532d);--on:var(--opportune-on-accent,#fff);--paper:var(--opportune-paper,#fff);
--ink:var(--opportune-ink,#1c1917);position:fixed;z-index:2147483647;left:16px;right:16px;bottom:16px;max-width:520px;
max-height:calc(100vh - 32px);overflow:auto;box-sizing:border-box;padding:22px 24px;border:1px solid #0002;border-radius:14px;
box-shadow:0 10px 40px #0003;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
@supports(color:light-dark(red,red)){section{--accent:var(--opportune-accent,light-dark(#14532d,#bbf7d0));
--on:var(--opportune-on-accent,light-dark(#fff,#052e16));--paper:var(--opportune-paper,light-dark(#fff,#1c1917));
--ink:var(--opportune-ink,light-dark(#1c1917,#f5f5f4));border-color:light-dark(#0002,#fff3)}}
h2{margin:0 0 6px;font-size:18px;line-height:1.3}
p{margin:0 0 14px}
label{display:flex;gap:10px;margin:0 0 10px;cursor:pointer}
input{width:20px;height:20px;margin:1px 0 0;flex:none;accent-color:var(--accent)}
div{display:flex;flex-wrap:wrap;gap:10px}
button{flex:1 1 140px;min-height:44px;padding:8px 16px;border:1px solid var(--accent);border-radius:9px;background:var(--accent);
color:var(--on);font:inherit;font-weight:600;cursor:pointer}
.plain{flex-basis:100%;border-color:transparent;background:none;color:inherit;text-decoration:underline}
a{color:inherit}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
[hidden]{display:none}`;
