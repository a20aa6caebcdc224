#pragma once

#include <QWidget>
#include <functional>

#include "ui/inspector/field_edits.h"

namespace signalbox::ui {

/// What a form and its editors share.
struct FormContext {
    SiteDocument& document;
    std::function<void(const QString& path)> navigate;  ///< opens another element
};

/// Edits one value of the document. Shows what the document says whenever it is told to refresh, and writes at once what the user
/// does. GUI thread; owned by its row.
class FieldEditor : public QWidget {
    Q_OBJECT

public:
    FieldEditor(FormContext& context, fields::Place place, const ParamSpec& spec, QWidget* parent)
        : QWidget(parent), m_context(context), m_place(std::move(place)), m_spec(spec)
    {}

    virtual void refresh() = 0;
    /// What the user typed and the document did not take, as a sentence; empty where there is none.
    [[nodiscard]] virtual QString pendingError() const { return {}; }
    /// One line beside its label, or a block below its title.
    [[nodiscard]] virtual bool isBlock() const { return false; }
    /// Problems of what lies below are shown by the editor itself.
    [[nodiscard]] virtual bool showsInner() const { return isBlock(); }

Q_SIGNALS:
    /// pendingError() may have changed.
    void checked();

protected:
    [[nodiscard]] SiteDocument& document() const { return m_context.document; }
    [[nodiscard]] const QString& path() const { return m_place.path; }
    [[nodiscard]] QString nameFor(const char* what) const;

    FormContext& m_context;
    fields::Place m_place;
    const ParamSpec& m_spec;
};

/// The editor of a kind: a line, a check box, a choice, a family with its form, lists, maps, cards, tables, YAML.
[[nodiscard]] FieldEditor* makeFieldEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent);

}  // namespace signalbox::ui
