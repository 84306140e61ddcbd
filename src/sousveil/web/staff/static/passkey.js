// Passes a passkey's question and answer between the page and the device. Nothing else; nothing is loaded or sent elsewhere.
(() => {
  "use strict";
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
  };
  const text = (buffer) => {
    let plain = "";
    for (const one of new Uint8Array(buffer)) plain += String.fromCharCode(one);
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const listed = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const make = async (asked) => {
    const made = await navigator.credentials.create({ publicKey: {
      ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: listed(asked.excludeCredentials),
      authenticatorSelection: { ...asked.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" },
    } });
    return answer(made, {
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  };
  const show = async (asked) => {
    const shown = await navigator.credentials.get({ publicKey: {
      ...asked, challenge: bytes(asked.challenge), allowCredentials: listed(asked.allowCredentials),
    } });
    return answer(shown, {
      authenticatorData: text(shown.response.authenticatorData),
      signature: text(shown.response.signature),
      userHandle: shown.response.userHandle ? text(shown.response.userHandle) : null,
    });
  };
  const answer = (one, more) => ({
    type: one.type, id: one.id, rawId: text(one.rawId), authenticatorAttachment: one.authenticatorAttachment || null,
    clientExtensionResults: one.getClientExtensionResults(),
    response: { clientDataJSON: text(one.response.clientDataJSON), ...more },
  });
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    form.hidden = false;
    const button = form.querySelector("button");
    const told = form.querySelector("[role=status]");
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      button.disabled = true;
      told.textContent = "";
      try {
        const asked = JSON.parse(form.dataset.options).publicKey;
        const found = await (form.dataset.passkey === "make" ? make(asked) : show(asked));
        form.elements.credential.value = JSON.stringify(found);
        form.submit();
      } catch (error) {
        told.textContent = form.dataset.failed;
        button.disabled = false;
      }
    });
  }
})();
