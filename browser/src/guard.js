// Nothing of ours may break the shop's page: what goes wrong is said on the console and ends there.

export const warn = (...said) => console.warn("opportune:", ...said);

export const guarded =
  (work) =>
  (...given) => {
    try {
      return work(...given);
    } catch (error) {
      warn(error);
    }
  };

/** Hears events in the capturing phase, so that a page which stops them does not hide them from us. */
export const on = (target, names, heard) => {
  for (const name of names.split(" ")) target.addEventListener(name, guarded(heard), true);
};
