// Asks the browser for a passkey and sends it with the form. Where a browser knows no passkeys, or
// runs no scripts, the form stays hidden or says so, and the other ways to sign in work.
"use strict";
(() => {
  const knows = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  const options = async (form) => {
    if (form.dataset.options) {
      return JSON.parse(document.getElementById(form.dataset.options).textContent);
    }
    const said = await fetch(form.dataset.optionsFrom, {
      headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
      cache: "no-store",
    });
    if (!said.ok) throw new Error(`asked for a passkey: ${said.status}`);
    return (await said.json()).request_options;
  };
  const ask = async (form) => {
    const { publicKey } = await options(form);
    if (form.dataset.passkey === "create") {
      const asked = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
      asked.authenticatorSelection = {
        ...asked.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      };
      return navigator.credentials.create({ publicKey: asked });
    }
    return navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey),
    });
  };
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!knows) return;
    form.hidden = false;
    const button = form.querySelector("button[type=button]");
    const problem = form.querySelector("[role=alert]");
    button.addEventListener("click", async () => {
      problem.hidden = true;
      button.disabled = true;
      try {
        const made = await ask(form);
        form.elements.credential.value = JSON.stringify(made.toJSON());
        form.submit();
      } catch (reason) {
        console.info(`no passkey: ${reason.name}`);
        problem.hidden = false;
        button.disabled = false;
      }
    });
  });
})();
