#include "ui/inspector/field_editor.h"

#include "ui/inspector/block_editors.h"
#include "ui/inspector/line_editors.h"

namespace signalbox::ui {

QString FieldEditor::nameFor(const char* what) const
{
    return QString::fromLatin1(what) + u'-' + m_place.path;
}

FieldEditor* makeFieldEditor(FormContext& context, const fields::Place& place, const ParamSpec& spec, QWidget* parent)
{
    switch (spec.kind) {
        case ParamKind::Boolean: return new BooleanEditor(context, place, spec, parent);
        case ParamKind::Choice:
        case ParamKind::Reference: return new ChoiceEditor(context, place, spec, parent);
        case ParamKind::Address:
            if (spec.referenceTo == "backend-address") {
                return new ChoiceEditor(context, place, spec, parent);
            }
            return new LineEditor(context, place, spec, parent);
        case ParamKind::Object: return new ObjectEditor(context, place, spec, parent);
        case ParamKind::List:
            if (spec.element != nullptr && fields::isScalar(spec.element->kind)) {
                return new TextListEditor(context, place, spec, parent);
            }
            if (const Value* value = fields::valueOf(context.document, place.path); spec.loneObject && value != nullptr && value->isMap()) {
                return new ObjectEditor(context, place, *spec.element, parent);
            }
            return new CardsEditor(context, place, spec, parent);
        case ParamKind::NamedList: return new NamedListEditor(context, place, spec, parent);
        case ParamKind::TextMap: return new TextMapEditor(context, place, spec, parent);
        case ParamKind::Families: return new CardsEditor(context, place, spec, parent);
        case ParamKind::Family: return new FamilyEditor(context, place, spec, parent);
        case ParamKind::Anything: return new YamlFieldEditor(context, place, spec, parent);
        default: return new LineEditor(context, place, spec, parent);
    }
}

}  // namespace signalbox::ui
